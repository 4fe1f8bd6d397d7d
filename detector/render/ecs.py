"""Elastic Common Schema 8.17 (www.elastic.co/docs/reference/ecs), one line a message.

What ECS has no field for stands under `toctrace`, in the published JSON's own names.
"""

from __future__ import annotations

import msgspec

from detector.model.alert import Alert
from detector.model.head import HeadNotice
from detector.model.heartbeat import Heartbeat
from detector.model.message import Message
from detector.model.observation import Observation
from detector.model.process import Process
from detector.model.stage import Stage
from detector.render.attack import attack_of
from detector.render.finding_json import alerted_document
from detector.render.head_document import head_document
from detector.render.heartbeat_document import heartbeat_document
from detector.render.jsonl import as_line
from detector.render.known import known
from detector.render.meta import Meta
from detector.render.moment import rfc3339
from detector.render.observation_document import observation_document
from detector.render.saying import sentence_of, started_unix_ns
from detector.render.verdict import Outcome, outcome
from detector.render.weight import severity_of

VERSION = "8.17.0"

_KEPT = ("id", "kind", "kinds", "window", "call", "task", "masks", "arguments")
"""Of a finding's own document: the arguments where there are any that are no masks."""


def ecs_line(message: Message, meta: Meta) -> str:
    """Write one message as one line, without a line break at the end."""
    if isinstance(message, Alert):
        return as_line(_common(message, meta, message.last_unix_ns) | _alert(message, meta))
    if isinstance(message, Heartbeat):
        return as_line(_common(message, meta, message.time_unix_ns) | _heartbeat(message, meta))
    if isinstance(message, HeadNotice):
        return as_line(_common(message, meta, message.time_unix_ns) | _head(message, meta))
    return as_line(_common(message, meta, message.ended_unix_ns) | _observation(message, meta))


def _common(message: Message, meta: Meta, time_unix_ns: int) -> dict[str, object]:
    severity = severity_of(message)
    syslog = {"severity": {"code": severity.number, "name": severity.value}}
    return {
        "@timestamp": rfc3339(time_unix_ns),
        "ecs": {"version": VERSION},
        "message": sentence_of(message),
        "log": {"level": severity.value, "syslog": syslog},
        "host": {
            "hostname": meta.host,
            "name": meta.host,
            "boot": {"id": meta.boot_id},
            "os": {"type": "linux", "kernel": meta.kernel},
        },
        "observer": {
            "vendor": "toctrace",
            "product": "toctrace",
            "type": "ids",
            "version": meta.version,
        },
    }


def _event(message: Message, kind: str, name: str, **more: object) -> dict[str, object]:
    return known(
        {
            "kind": kind,
            "module": "toctrace",
            "provider": "toctrace",
            "dataset": f"toctrace.{name}",
            "severity": severity_of(message).number,
            **more,
        }
    )


def _alert(alert: Alert, meta: Meta) -> dict[str, object]:
    finding = alert.finding
    told = msgspec.to_builtins(alerted_document(alert, meta))
    return known(
        {
            "event": _event(
                alert,
                "alert",
                "alert",
                category=["intrusion_detection"],
                type=["info"],
                action=finding.call.syscall,
                code=finding.rule,
                id=alert.id,
                start=rfc3339(alert.first_unix_ns),
                end=rfc3339(alert.last_unix_ns),
                reason=finding.title,
            ),
            "rule": {"id": finding.rule, "name": finding.title, "category": finding.kind.value},
            "threat": _threat(finding.tags),
            "process": _process(alert),
            "container": _container(finding.process),
            "user": {"id": str(finding.call.task.uid)},
            "group": {"id": str(finding.call.task.gid)},
            "tags": list(finding.tags),
            "labels": {"confidence": finding.confidence.value, "test": str(alert.test).lower()},
            "toctrace": {
                "run": meta.run,
                "alert": told["alert"],
                "finding": {name: told[name] for name in _KEPT if name in told},
                "process": told["process"],
            },
        }
    )


def _process(alert: Alert) -> dict[str, object]:
    finding = alert.finding
    task, process = finding.call.task, finding.process
    return known(
        {
            "pid": task.tgid,
            "name": task.comm,
            "thread": {"id": task.tid},
            "start": rfc3339(started_unix_ns(finding)),
            "executable": process.executable,
            "args": list(process.command_line),
            "args_count": len(process.command_line) or None,
            "command_line": " ".join(process.command_line),
            "working_directory": process.working_directory,
            "hash": known({"sha256": process.sha256}),
            "parent": _parent(process),
            "user": {"id": str(task.uid)},
            "group": {"id": str(task.gid)},
        }
    )


def _parent(process: Process) -> dict[str, object]:
    nearest = process.ancestors[0] if process.ancestors else None
    return known(
        {
            "pid": process.parent_tgid,
            "name": process.parent_comm,
            "executable": nearest.executable if nearest else None,
        }
    )


def _container(process: Process) -> dict[str, object]:
    container = process.container
    if container is None:
        return {}
    image = known({"name": container.image})
    return known({"id": container.id, "runtime": container.runtime, "image": image})


def _threat(tags: tuple[str, ...]) -> dict[str, object]:
    attack = attack_of(tags)
    technique = known({"id": list(attack.techniques)})
    if attack.subtechniques:
        technique["subtechnique"] = {"id": list(attack.subtechniques)}
    named = known({"tactic": known({"name": list(attack.tactics)}), "technique": technique})
    return {"framework": "MITRE ATT&CK", **named} if named else {}


def _heartbeat(heartbeat: Heartbeat, meta: Meta) -> dict[str, object]:
    armed = all(state.armed for state in heartbeat.stages if state.stage is Stage.ENTRY)
    return {
        "event": _event(
            heartbeat,
            "state",
            "heartbeat",
            category=["host"],
            type=["info"],
            action="heartbeat",
            id=heartbeat.id,
            outcome="success" if armed else "failure",
        ),
        "toctrace": {"heartbeat": msgspec.to_builtins(heartbeat_document(heartbeat, meta))},
    }


def _head(notice: HeadNotice, meta: Meta) -> dict[str, object]:
    return {
        "event": _event(
            notice,
            "state",
            "head",
            category=["host"],
            type=["info"],
            action="recording-head",
            id=notice.id,
            outcome="success",
        ),
        "toctrace": {"head": msgspec.to_builtins(head_document(notice, meta))},
    }


def _observation(observation: Observation, meta: Meta) -> dict[str, object]:
    unseen = outcome(observation) is Outcome.UNOBSERVED
    return {
        "event": _event(
            observation,
            "state",
            "observation",
            category=["host"],
            type=["end"],
            action="observation",
            id=observation.run,
            outcome="failure" if unseen else "success",
            start=rfc3339(observation.began_unix_ns),
            end=rfc3339(observation.ended_unix_ns),
        ),
        "toctrace": {"observation": msgspec.to_builtins(observation_document(observation, meta))},
    }
