"""OCSF 1.8 (schema.ocsf.io), one line a message.

An alert is a Detection Finding (class 2004, category 2). OCSF has no class for a tool that says
that it is watching, what it saw, or what it recorded: these are Base Events (class 0), whose
`unmapped` holds our published JSON.
"""

from __future__ import annotations

import msgspec

from detector.model.alert import Alert
from detector.model.finding import Confidence, Finding, Severity
from detector.model.head import HeadNotice
from detector.model.heartbeat import Heartbeat
from detector.model.message import Message
from detector.model.observation import Observation
from detector.model.process import Process
from detector.render.attack import Attack, attack_of, technique_name
from detector.render.finding_json import finding_document
from detector.render.head_document import head_document
from detector.render.heartbeat_document import heartbeat_document
from detector.render.identity import finding_id
from detector.render.jsonl import as_line
from detector.render.known import known
from detector.render.meta import Meta
from detector.render.observation_document import observation_document
from detector.render.saying import sentence_of, started_unix_ns
from detector.render.weight import severity_of

VERSION = "1.8.0"

SEVERITY = {
    Severity.EMERG: (6, "Fatal"),
    Severity.ALERT: (5, "Critical"),
    Severity.CRIT: (5, "Critical"),
    Severity.ERR: (4, "High"),
    Severity.WARNING: (3, "Medium"),
    Severity.NOTICE: (2, "Low"),
    Severity.INFO: (1, "Informational"),
    Severity.DEBUG: (1, "Informational"),
}
"""severity_id and its caption."""

_CONFIDENCE = {
    Confidence.LOW: (1, "Low"),
    Confidence.MEDIUM: (2, "Medium"),
    Confidence.HIGH: (3, "High"),
}
_CREATE, _UPDATE, _OTHER = (1, "Create"), (2, "Update"), 99
_NEW = (1, "New")
_RULE = (1, "Rule")
_LINUX = (200, "Linux")
_REGULAR_FILE = (1, "Regular File")
_SHA256 = {"algorithm_id": 3, "algorithm": "SHA-256"}
_UNKNOWN = (0, "Unknown")
_MS = 1_000_000

_EVIDENCE = ("call", "masks", "arguments")
"""Of a finding's own document: the arguments where there are any that are no masks."""


def ocsf_line(message: Message, meta: Meta) -> str:
    """Write one message as one line, without a line break at the end."""
    if isinstance(message, Alert):
        return as_line(_common(message, meta, message.id) | _finding(message, meta))
    if isinstance(message, Heartbeat):
        told = msgspec.to_builtins(heartbeat_document(message, meta))
        base = _base("Heartbeat", message.time_unix_ns, told)
        return as_line(_common(message, meta, message.id) | base)
    if isinstance(message, HeadNotice):
        told = msgspec.to_builtins(head_document(message, meta))
        base = _base("Recording head", message.time_unix_ns, told)
        return as_line(_common(message, meta, message.id) | base)
    return as_line(_common(message, meta, message.run) | _observation(message, meta))


def _contained(message: Message) -> bool:
    return isinstance(message, Alert) and message.finding.process.container is not None


def _common(message: Message, meta: Meta, uid: str) -> dict[str, object]:
    severity_id, severity = SEVERITY[severity_of(message)]
    product = {"name": "toctrace", "vendor_name": "toctrace", "version": meta.version}
    return {
        "metadata": {
            "version": VERSION,
            "product": product,
            "profiles": ["host", *(["container"] if _contained(message) else [])],
            "uid": uid,
            "correlation_uid": meta.run,
            "log_name": "toctrace",
        },
        "severity_id": severity_id,
        "severity": severity,
        "message": sentence_of(message),
        "device": {
            "type_id": _UNKNOWN[0],
            "type": _UNKNOWN[1],
            "hostname": meta.host,
            "boot_uid": meta.boot_id,
            "os": {
                "name": "Linux",
                "type_id": _LINUX[0],
                "type": _LINUX[1],
                "kernel_release": meta.kernel,
            },
        },
    }


def _finding(alert: Alert, meta: Meta) -> dict[str, object]:
    finding = alert.finding
    activity_id, activity = _UPDATE if alert.repeat else _CREATE
    confidence_id, confidence = _CONFIDENCE[finding.confidence]
    told = msgspec.to_builtins(finding_document(finding, meta))
    return {
        "category_uid": 2,
        "category_name": "Findings",
        "class_uid": 2004,
        "class_name": "Detection Finding",
        "activity_id": activity_id,
        "activity_name": activity,
        "type_uid": 2004 * 100 + activity_id,
        "type_name": f"Detection Finding: {activity}",
        "time": alert.last_unix_ns // _MS,
        "start_time": alert.first_unix_ns // _MS,
        "end_time": alert.last_unix_ns // _MS,
        "count": alert.count,
        "is_alert": not alert.test,
        "status_id": _NEW[0],
        "status": _NEW[1],
        "confidence_id": confidence_id,
        "confidence": confidence,
        "finding_info": known(
            {
                "uid": finding_id(finding, meta.run),
                "title": finding.title,
                "desc": finding.message,
                "types": [finding.kind.value],
                "created_time": finding.time_unix_ns // _MS,
                "first_seen_time": alert.first_unix_ns // _MS,
                "last_seen_time": alert.last_unix_ns // _MS,
                "analytic": {
                    "type_id": _RULE[0],
                    "type": _RULE[1],
                    "uid": finding.rule,
                    "name": finding.title,
                },
                "attacks": _attacks(attack_of(finding.tags)),
                "data_sources": ["system calls"],
            }
        ),
        "evidences": [
            {
                "name": finding.call.syscall,
                "process": _process(finding, meta),
                "data": {name: told[name] for name in _EVIDENCE if name in told},
            }
        ],
        "unmapped": {
            "rule_tags": list(finding.tags),
            "interval_s": alert.interval_s,
            "test": alert.test,
        },
    }


def _attacks(attack: Attack) -> list[dict[str, object]]:
    """Give an entry for each technique; a tactic alone where the rule names no technique."""
    tactic = {"tactic": {"name": attack.tactics[0]}} if len(attack.tactics) == 1 else {}
    entries: list[dict[str, object]] = []
    for technique in attack.techniques:
        below = [name for name in attack.subtechniques if name.startswith(f"{technique}.")]
        entries += [
            {**tactic, "technique": _named(technique), "sub_technique": _named(name)}
            for name in below
        ] or [{**tactic, "technique": _named(technique)}]
    return entries or [{"tactic": {"name": name}} for name in attack.tactics]


def _named(technique: str) -> dict[str, object]:
    return {"uid": technique, "name": technique_name(technique)}


def _process(finding: Finding, meta: Meta) -> dict[str, object]:
    task, process = finding.call.task, finding.process
    parent = known({"pid": process.parent_tgid, "name": process.parent_comm})
    return known(
        {
            "pid": task.tgid,
            "tid": task.tid,
            "uid": f"{meta.boot_id}/{task.tgid}/{task.start_ns}",
            "name": task.comm,
            "cmd_line": " ".join(process.command_line),
            "created_time": started_unix_ns(finding) // _MS,
            "path": process.executable,
            "file": _file(process) if process.executable else None,
            "working_directory": process.working_directory,
            "container": _container(process),
            "user": {"uid": str(task.uid)},
            "parent_process": parent,
        }
    )


def _file(process: Process) -> dict[str, object]:
    path = process.executable or ""
    hashes = [{**_SHA256, "value": process.sha256}] if process.sha256 else []
    return known(
        {
            "type_id": _REGULAR_FILE[0],
            "type": _REGULAR_FILE[1],
            "name": path.rpartition("/")[2] or path,
            "path": path,
            "hashes": hashes,
        }
    )


def _container(process: Process) -> dict[str, object] | None:
    container = process.container
    if container is None:
        return None
    image = known({"name": container.image, "uid": container.image})
    return known({"uid": container.id, "runtime": container.runtime, "image": image})


def _observation(observation: Observation, meta: Meta) -> dict[str, object]:
    told = msgspec.to_builtins(observation_document(observation, meta))
    return {
        **_base("Observation", observation.ended_unix_ns, told),
        "start_time": observation.began_unix_ns // _MS,
        "end_time": observation.ended_unix_ns // _MS,
    }


def _base(activity: str, time_unix_ns: int, told: object) -> dict[str, object]:
    return {
        "category_uid": 0,
        "category_name": "Uncategorized",
        "class_uid": 0,
        "class_name": "Base Event",
        "activity_id": _OTHER,
        "activity_name": activity,
        "type_uid": _OTHER,
        "type_name": f"Base Event: {activity}",
        "time": time_unix_ns // _MS,
        "unmapped": {"toctrace": told},
    }
