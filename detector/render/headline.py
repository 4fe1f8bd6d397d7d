"""What every syslog form and journald say of a message: the few facts that head it, and fields."""

from __future__ import annotations

import msgspec

from detector.model.alert import Alert
from detector.model.finding import Finding, Severity
from detector.model.head import HeadNotice
from detector.model.heartbeat import Heartbeat
from detector.model.kernel_error import error_name
from detector.model.message import Message
from detector.model.observation import Observation, StageState
from detector.model.stage import STAGES
from detector.render.identity import finding_id
from detector.render.meta import Meta
from detector.render.moment import rfc3339
from detector.render.safe import safe
from detector.render.saying import sentence_of
from detector.render.verdict import counted, verdict_line
from detector.rules.described import described

_MASK_WIDTH = 120
"""Characters of a node list; a longer one says how many nodes it leaves out."""


class Headline(msgspec.Struct, frozen=True, kw_only=True):
    """One message, before it is put into any syslog form. All text is safe for a terminal."""

    kind: str
    """MSGID: the rule's id, or `observing`, `recording-head` or `observation`."""
    severity: Severity
    time_unix_ns: int
    text: str
    """One line for a person; begins with TEST where it is one."""
    fields: dict[str, str]
    """Most telling first: what does not fit is left out from the end. `id` is the first."""


def headline(message: Message, meta: Meta) -> Headline:
    """Give the head and the fields of a message."""
    if isinstance(message, Alert):
        return _alert(message, meta)
    if isinstance(message, Heartbeat):
        return _heartbeat(message, meta)
    if isinstance(message, HeadNotice):
        return _head(message, meta)
    return _observation(message, meta)


def _alert(alert: Alert, meta: Meta) -> Headline:
    finding = alert.finding
    times = f" ({counted(alert.count, 'time')})" if alert.count > 1 else ""
    mark = "TEST: " if alert.test else ""
    return Headline(
        kind=safe(finding.rule),
        severity=finding.severity,
        time_unix_ns=alert.last_unix_ns,
        text=safe(f"{mark}{finding.message}{times}"),
        fields=_safe(
            {
                "id": alert.id,
                "type": "alert",
                "test": "true" if alert.test else None,
                "rule": finding.rule,
                "kind": finding.kind,
                "severity": finding.severity,
                "confidence": finding.confidence,
                "count": alert.count,
                "repeat": "true" if alert.repeat else None,
                "first": rfc3339(alert.first_unix_ns),
                "last": rfc3339(alert.last_unix_ns),
                **_call(finding),
                "finding": finding_id(finding, meta.run),
                **_of(meta),
                "title": finding.title,
                "tags": " ".join(finding.tags) or None,
                "executable": finding.process.executable,
                "cgroup": finding.process.cgroup_path,
                "parent_pid": finding.process.parent_tgid,
                "parent_comm": finding.process.parent_comm,
                "command_line": " ".join(finding.process.command_line) or None,
            }
        ),
    )


def _call(finding: Finding) -> dict[str, object]:
    """Who called what, and what each stage saw."""
    call, task = finding.call, finding.call.task
    failed = call.returned is not None and call.returned < 0
    seen = {
        f"{argument.name}_{stage}": described(argument, stage, _MASK_WIDTH)
        for argument in call.arguments
        for stage in STAGES
        if stage in argument.looks
    }
    windows = [a.window for a in call.arguments if a.kind is finding.kind and a.window]
    return {
        "window": f"{windows[0][0]}->{windows[0][1]}" if windows else None,
        "comm": task.comm,
        "pid": task.tgid,
        "tid": task.tid,
        "uid": task.uid,
        "gid": task.gid,
        "syscall": call.syscall,
        "call": call.number,
        "returned": call.returned,
        "enforced": finding.enforced,
        "error": error_name(call.returned) if failed and call.returned else None,
        **seen,
    }


def _heartbeat(beat: Heartbeat, meta: Meta) -> Headline:
    lost = sum(beat.lost.values())
    armed = _armed(beat.stages)
    text = (
        f"observing: {armed} stages armed, {counted(beat.judged, 'call')} judged,"
        f" {counted(beat.findings, 'finding')}, {lost or 'nothing'} lost"
    )
    return Headline(
        kind="observing",
        severity=Severity.INFO if beat.stages and not lost else Severity.NOTICE,
        time_unix_ns=beat.time_unix_ns,
        text=text,
        fields=_safe(
            {
                "id": beat.id,
                "type": "heartbeat",
                "stages": armed,
                "judged": beat.judged,
                "findings": beat.findings,
                "incomplete": beat.incomplete,
                **_lost(beat.lost),
                **_of(meta),
            }
        ),
    )


def _head(notice: HeadNotice, meta: Meta) -> Headline:
    return Headline(
        kind="recording-head",
        severity=Severity.NOTICE,
        time_unix_ns=notice.time_unix_ns,
        text=safe(sentence_of(notice)),
        fields=_safe(
            {
                "id": notice.id,
                "type": "head",
                "head": notice.head,
                "file": notice.file,
                "last": str(notice.last).lower(),
                **_of(meta),
            }
        ),
    )


def _observation(seen: Observation, meta: Meta) -> Headline:
    return Headline(
        kind="observation",
        severity=Severity.NOTICE if seen.whole else Severity.WARNING,
        time_unix_ns=seen.ended_unix_ns,
        text=safe(f"observation ended: {verdict_line(seen)}"),
        fields=_safe(
            {
                "id": f"{seen.run}-end",
                "type": "observation",
                "stages": _armed(seen.stages),
                "judged": seen.judged,
                "findings": sum(seen.findings.values()),
                "incomplete": seen.incomplete,
                **_lost(seen.lost),
                "status": seen.tool_status,
                **_of(meta),
            }
        ),
    )


def _armed(stages: tuple[StageState, ...]) -> str:
    return f"{sum(state.armed for state in stages)} of {len(stages)}"


def _lost(lost: dict[str, int]) -> dict[str, object]:
    causes = "; ".join(f"{cause}: {count}" for cause, count in lost.items() if count)
    return {"lost": sum(lost.values()), "lost_causes": causes or None}


def _of(meta: Meta) -> dict[str, object]:
    return {"run": meta.run, "boot_id": meta.boot_id, "version": meta.version}


def _safe(fields: dict[str, object]) -> dict[str, str]:
    """Leave out what is not there; make the rest safe."""
    return {name: safe(str(value)) for name, value in fields.items() if value is not None}
