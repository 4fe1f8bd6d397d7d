"""Tracee's event JSON (api/v1beta1 of Tracee 0.24: event.proto, written by event_json.go).

An alert is the event of its system call, with the arguments as Tracee itself has them (masks as
pointers), so that whatever takes Tracee's events takes ours. After them, which Tracee does not
have, stands what each mask held at each stage, and the finding is the event's `threat`. 64-bit
numbers are strings, as protobuf's JSON has them.
"""

from __future__ import annotations

import json

from detector.model.alert import Alert
from detector.model.caller import Ancestor
from detector.model.finding import Finding, Severity
from detector.model.head import HeadNotice
from detector.model.heartbeat import Heartbeat
from detector.model.judgement import JudgedArgument, JudgedCall
from detector.model.message import Message
from detector.model.observation import Observation
from detector.model.process import Process
from detector.model.stage import STAGES
from detector.render.attack import attack_of, technique_name
from detector.render.jsonl import as_line, plain
from detector.render.known import known
from detector.render.meta import Meta
from detector.render.moment import rfc3339
from detector.render.saying import sentence_of, started_unix_ns
from detector.render.verdict import outcome
from detector.render.weight import severity_of
from detector.rules.described import described
from detector.syscalls.registers import INT, UNSIGNED_INT, as_read
from detector.syscalls.table import BY_NAME

SEVERITY = {
    Severity.EMERG: 4,
    Severity.ALERT: 4,
    Severity.CRIT: 4,
    Severity.ERR: 3,
    Severity.WARNING: 2,
    Severity.NOTICE: 1,
    Severity.INFO: 0,
    Severity.DEBUG: 0,
}
"""threat.proto: INFO, LOW, MEDIUM, HIGH, CRITICAL."""

_UNSPECIFIED = 0
"""event.proto's id for what Tracee has no event for."""
_LAST_WITHOUT_GAP = 334
"""rseq: after it, x86-64's numbers go on at 424."""
_NARROW = {INT: "int32", UNSIGNED_INT: "u_int32"}
"""event_data.proto: what holds a value of 32 bits, by its C type."""
_WIDTH = 4096
"""Characters of a node list; one of 1024 nodes, of which every other is set, has 2500."""


def tracee_line(message: Message, meta: Meta) -> str:
    """Write one message as one line, without a line break at the end."""
    if isinstance(message, Alert):
        return as_line(_alert(message, meta))
    if isinstance(message, Heartbeat):
        return as_line(_heartbeat(message, meta))
    if isinstance(message, HeadNotice):
        return as_line(_head(message, meta))
    return as_line(_observation(message, meta))


def _alert(alert: Alert, meta: Meta) -> dict[str, object]:
    finding = alert.finding
    return {
        "timestamp": rfc3339(alert.last_unix_ns),
        "id": _event_id(finding.call.syscall),
        "name": finding.call.syscall,
        "policies": {"matched": [finding.rule]},
        "workload": {"process": _process(finding), **_container(finding.process)},
        "data": _arguments(finding.call) + _contents(finding.call),
        "threat": _threat(alert, meta),
    }


def _event_id(syscall: str) -> int:
    """Give event.proto's id: it numbers x86-64's calls from 1, as long as they have no gap."""
    number = BY_NAME[syscall].number
    return number + 1 if number <= _LAST_WITHOUT_GAP else _UNSPECIFIED


def _process(finding: Finding) -> dict[str, object]:
    task, process = finding.call.task, finding.process
    thread = {
        "start_time": rfc3339(started_unix_ns(finding)),
        "name": task.comm,
        "host_tid": task.tid,
        "tid": task.ns_tid,
        "syscall": finding.call.syscall,
    }
    if finding.call.abi == "i386":
        thread["compat"] = True
    nearest = Ancestor(tgid=process.parent_tgid or 0, comm=process.parent_comm or "")
    ancestors = [_ancestor(one) for one in process.ancestors or (nearest,) if one.tgid]
    told: dict[str, object] = {
        "host_pid": task.tgid,
        "pid": task.ns_tgid,
        "real_user": {"id": task.uid},
        "thread": thread,
    }
    if process.executable is not None:
        told = {"executable": {"path": process.executable}, **told}
    return told | ({"ancestors": ancestors} if ancestors else {})


def _ancestor(one: Ancestor) -> dict[str, object]:
    return known({"host_pid": one.tgid, "thread": known({"name": one.comm})})


def _container(process: Process) -> dict[str, object]:
    """Give the `container` of a workload, where there is one."""
    container = process.container
    if container is None:
        return {}
    image = known({"name": container.image})
    return {"container": known({"id": container.id, "image": image})}


def _arguments(call: JudgedCall) -> list[dict[str, object]]:
    """Give what Tracee itself has of the call (pkg/events/core.go)."""
    values: list[dict[str, object]] = []
    for parameter, register in zip(BY_NAME[call.syscall].parameters, call.args, strict=False):
        value = as_read(parameter, register)
        if parameter.is_address:
            values.append({"name": parameter.name, "pointer": str(value)})
        elif parameter.type in _NARROW:
            values.append({"name": parameter.name, _NARROW[parameter.type]: value})
        else:
            values.append({"name": parameter.name, "u_int64": str(value)})
    if call.returned is not None:
        values.append({"name": "returnValue", "int64": str(call.returned)})
    return values


def _contents(call: JudgedCall) -> list[dict[str, object]]:
    """Give what each mask held, by argument and stage, as the kernel's list format."""
    return [
        {"name": f"{argument.name}.{stage}", "str": described(argument, stage, _WIDTH)}
        for argument in call.arguments
        for stage in STAGES
        if stage in argument.looks
    ]


def _threat(alert: Alert, meta: Meta) -> dict[str, object]:
    finding = alert.finding
    attack = attack_of(finding.tags)
    techniques = attack.subtechniques or attack.techniques
    mitre: dict[str, object] = {}
    if attack.tactics:
        mitre["tactic"] = {"name": attack.tactics[0]}
    if techniques:
        mitre["technique"] = {"id": techniques[0], "name": technique_name(techniques[0])}
    properties = {
        "kind": finding.kind.value,
        "confidence": finding.confidence.value,
        "severity": finding.severity.value,
        "alert": alert.id,
        "count": str(alert.count),
        "first": rfc3339(alert.first_unix_ns),
        "repeat": str(alert.repeat).lower(),
        "test": str(alert.test).lower(),
        "run": meta.run,
        "host": meta.host,
        "boot_id": meta.boot_id,
        **{f"window.{a.name}": _window(a) for a in finding.call.arguments if a.window},
    }
    told: dict[str, object] = {"description": sentence_of(alert)}
    if mitre:
        told["mitre"] = mitre
    return {
        **told,
        "severity": SEVERITY[finding.severity],
        "name": finding.title,
        "properties": properties,
    }


def _window(argument: JudgedArgument) -> str:
    return f"{argument.window[0]}->{argument.window[1]}" if argument.window else ""


def _heartbeat(heartbeat: Heartbeat, meta: Meta) -> dict[str, object]:
    return _own(
        heartbeat,
        "toctrace_heartbeat",
        heartbeat.time_unix_ns,
        {
            "id": heartbeat.id,
            "run": meta.run,
            "host": meta.host,
            "armed": sum(state.armed for state in heartbeat.stages),
            "stages": len(heartbeat.stages),
            "judged": heartbeat.judged,
            "findings": heartbeat.findings,
            "incomplete": heartbeat.incomplete,
            "lost": json.dumps(plain(heartbeat.lost)),
        },
    )


def _head(notice: HeadNotice, meta: Meta) -> dict[str, object]:
    return _own(
        notice,
        "toctrace_head",
        notice.time_unix_ns,
        {
            "id": notice.id,
            "run": meta.run,
            "host": meta.host,
            "head": str(notice.head),
            "file": notice.file,
            "last": str(notice.last).lower(),
        },
    )


def _observation(observation: Observation, meta: Meta) -> dict[str, object]:
    missing = [f"{state.syscall} {state.stage}: {state.reason}" for state in observation.missing]
    return _own(
        observation,
        "toctrace_observation",
        observation.ended_unix_ns,
        {
            "run": meta.run,
            "host": meta.host,
            "outcome": outcome(observation).value,
            "judged": observation.judged,
            "findings": sum(observation.findings.values()),
            "incomplete": observation.incomplete,
            "lost": json.dumps(plain(observation.lost)),
            "missing": json.dumps(plain(missing)),
            "notes": json.dumps(plain(observation.notes)),
        },
    )


def _own(
    message: Message, name: str, time_unix_ns: int, values: dict[str, int | str]
) -> dict[str, object]:
    """Give an event that Tracee does not have, of values as it has them."""
    return {
        "timestamp": rfc3339(time_unix_ns),
        "id": _UNSPECIFIED,
        "name": name,
        "workload": {},
        "data": [
            {"name": key, "str": value}
            if isinstance(value, str)
            else {"name": key, "u_int64": str(value)}
            for key, value in values.items()
        ],
        "threat": {
            "description": sentence_of(message),
            "severity": SEVERITY[severity_of(message)],
            "name": name,
        },
    }
