"""A sighting: one finding of a hunt as one flat row, the same in every format."""

from __future__ import annotations

import msgspec

from detector.hunt.int64 import int64
from detector.hunt.plan import Job
from detector.model.finding import Finding
from detector.model.form import Form
from detector.model.judgement import JudgedArgument
from detector.model.nodemask import nodelist, nodes
from detector.render.identity import finding_id
from detector.render.safe import without_surrogates
from detector.rules.described import described
from detector.rules.fields import target_pid

_WIDTH = 256
"""Characters of what is no mask before it is shortened."""


class Sighting(msgspec.Struct, frozen=True, kw_only=True, tag="sighting", tag_field="type"):
    """One finding, where it is from and when. Texts have no lone surrogates, and are hostile."""

    id: str
    """As the live run gave it: the same for the same run, call and rule."""
    time_ns: int
    """Wall time of the call's end, ns since 1970, by the clock of its boot."""
    error_ns: int
    """The wall time may be off by as much."""
    boottime_ns: int
    """CLOCK_BOOTTIME of the call's end: what the order within a boot rests on."""
    host: str
    boot_id: str
    run: str
    recording: str
    """The folder and the run."""
    call: int
    """The call's number in its run."""
    rule: str
    severity: str
    severity_number: int
    """Syslog's: 0 is worst."""
    confidence: str
    kind: str
    syscall: str
    window: str | None
    came: str
    """Nodes that were set at the window's end only; of what is no mask, what it was there."""
    went: str
    """The same of the window's beginning."""
    target_pid: int | None
    pid: int
    tid: int
    uid: int
    gid: int
    comm: str
    login_uid: int | None
    executable: str | None
    executable_sha256: str | None
    package: str | None
    command_line: str | None
    parent_comm: str | None
    cgroup_path: str | None
    container_id: str | None
    container_image: str | None
    message: str


COLUMNS = Sighting.__struct_fields__
"""The columns of a row, in order."""


def sighting(finding: Finding, job: Job) -> Sighting:
    """Make the row of a finding of a recording."""
    call, process = finding.call, finding.process
    container = process.container
    raced = next(a for a in call.arguments if a.kind is finding.kind)
    return Sighting(
        id=finding_id(finding, job.run),
        time_ns=job.clock.wall_ns(call.ended_ns),
        error_ns=job.clock.error_ns,
        boottime_ns=int64(call.ended_ns),
        host=job.host,
        boot_id=job.boot,
        run=job.run,
        recording=without_surrogates(job.recording),
        call=int64(call.number),
        rule=finding.rule,
        severity=finding.severity.value,
        severity_number=finding.severity.number,
        confidence=finding.confidence.value,
        kind=finding.kind.value,
        syscall=call.syscall,
        window="->".join(raced.window) if raced.window else None,
        came=_change(raced, raced.came, 1),
        went=_change(raced, raced.went, 0),
        target_pid=target_pid(call),
        pid=int64(call.task.tgid),
        tid=int64(call.task.tid),
        uid=int64(call.task.uid),
        gid=int64(call.task.gid),
        comm=without_surrogates(call.task.comm),
        login_uid=None if process.login_uid is None else int64(process.login_uid),
        executable=_text(process.executable),
        executable_sha256=_text(process.sha256),
        package=_text(process.package),
        command_line=_text(" ".join(process.command_line) or None),
        parent_comm=_text(process.parent_comm),
        cgroup_path=_text(process.cgroup_path),
        container_id=_text(container.id if container else None),
        container_image=_text(container.image if container else None),
        message=without_surrogates(finding.message),
    )


def _change(raced: JudgedArgument, mask: bytes, end: int) -> str:
    """Say what the window's one end had that the other had not."""
    if raced.form is Form.NODEMASK:
        return nodelist(nodes(mask))
    if raced.window is None or raced.window[end] not in raced.looks:
        return "-"
    return described(raced, raced.window[end], _WIDTH)


def _text(text: str | None) -> str | None:
    return None if text is None else without_surrogates(text)
