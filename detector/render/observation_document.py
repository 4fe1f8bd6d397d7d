"""The JSON of an observation, and of `run --status`: the published forms."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from detector.model.enforcement import Enforced, Mode
from detector.model.finding import Severity
from detector.model.judgement import Kind
from detector.model.observation import Observation, StageState
from detector.model.stage import Stage
from detector.render.finding_document import Host, Tool
from detector.render.finding_json import host_of
from detector.render.meta import Meta
from detector.render.moment import rfc3339
from detector.render.sink_document import SinkDocument, sink_document
from detector.render.verdict import Outcome, outcome, verdict_line

Told = msgspec.Meta
_NS = 1_000_000_000


class StageDocument(msgspec.Struct, frozen=True, kw_only=True):
    """One stage of one system call."""

    syscall: str
    stage: Stage
    abi: Annotated[str, Told(description="x86_64, i386, or any")]
    armed: bool
    via: Annotated[str | None, Told(description="how it is taken; null: not armed")]
    reason: Annotated[str | None, Told(description="why it is not armed, or silent; null: works")]


class DescendantDocument(msgspec.Struct, frozen=True, kw_only=True):
    """A process that outlived the command."""

    pid: int
    comm: str


class EnforcementDocument(msgspec.Struct, frozen=True, kw_only=True):
    """What was done about raced calls."""

    mode: Mode
    calls: Annotated[dict[Enforced, int], Told(description="calls by what was made of them")]


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """What one run saw and could not see. Counts are of calls unless said otherwise."""

    run: Annotated[str, Told(description="id of the tool's run")]
    outcome: Annotated[Outcome, Told(description="what the run can say, in a word")]
    verdict: Annotated[str, Told(description="the same in a sentence")]
    complete: Annotated[bool, Told(description="whether no stage is missing and nothing was lost")]
    began: Annotated[str, Told(description="RFC 3339, UTC, ns")]
    ended: Annotated[str, Told(description="RFC 3339, UTC, ns")]
    duration_s: Annotated[float, Told(description="seconds")]
    backend: str
    kernel: Annotated[str, Told(description="the kernel's release")]
    stages: tuple[StageDocument, ...]
    judged: Annotated[
        int, Told(description="calls judged: seen whole, or raced and still in the kernel")
    ]
    findings: Annotated[dict[Kind, int], Told(description="findings by kind")]
    severities: Annotated[dict[Severity, int], Told(description="findings by severity")]
    suppressed: Annotated[
        dict[str, int],
        Told(description="findings that an exception kept silent, by rule/exception"),
    ]
    folded: Annotated[
        dict[str, int], Told(description="findings that went out in an alert that counts them")
    ]
    incomplete: Annotated[int, Told(description="calls of which a part was lost")]
    lost: Annotated[dict[str, int], Told(description="what was lost, by cause")]
    cut_by_start: Annotated[int, Told(description="calls in the kernel before watching: no loss")]
    cut_by_end: Annotated[int, Told(description="calls in the kernel after watching: no loss")]
    notes: tuple[str, ...]
    sinks: tuple[SinkDocument, ...]
    descendants: Annotated[
        tuple[DescendantDocument, ...], Told(description="processes that outlived the command")
    ]
    tool_status: Annotated[int, Told(description="the tool's own exit code: 0, 10, 11 or 12")]
    command_status: Annotated[
        int | None, Told(description="the command's status, 128+n by signal; null: none ran")
    ]
    enforcement: Annotated[
        EnforcementDocument | msgspec.UnsetType, Told(description="left out: nothing was enforced")
    ] = msgspec.UNSET


class ObservationDocument(Seen, frozen=True, kw_only=True, tag="observation", tag_field="type"):
    """What one run saw and could not see: the last line of every run."""

    schema: Literal[1] = 1
    host: Host
    tool: Tool


class StatusDocument(msgspec.Struct, frozen=True, kw_only=True, tag="status", tag_field="type"):
    """How `run` ended."""

    schema: Literal[1] = 1
    exit_status: Annotated[int, Told(description="what `toctrace run` exited with")]
    tool_status: Annotated[int, Told(description="the tool's own part: 0, 10, 11 or 12")]
    command_status: Annotated[
        int | None, Told(description="the command's status, 128+n by signal; null: none ran")
    ]
    observation: Seen


def observation_document(observation: Observation, meta: Meta) -> ObservationDocument:
    """Write an observation in its published form."""
    body = msgspec.structs.asdict(_seen(observation))
    return ObservationDocument(**body, host=host_of(meta), tool=Tool(version=meta.version))


def status_document(observation: Observation, exit_status: int) -> StatusDocument:
    """Write how `run` ended, with what it saw."""
    return StatusDocument(
        exit_status=exit_status,
        tool_status=observation.tool_status,
        command_status=observation.command_status,
        observation=_seen(observation),
    )


def stage_document(state: StageState) -> StageDocument:
    """Write the state of a stage in its published form."""
    return StageDocument(
        syscall=state.syscall,
        stage=state.stage,
        abi=state.abi,
        armed=state.armed,
        via=state.via or None,
        reason=state.reason or None,
    )


def _seen(observation: Observation) -> Seen:
    return Seen(
        run=observation.run,
        outcome=outcome(observation),
        verdict=verdict_line(observation),
        complete=observation.whole,
        began=rfc3339(observation.began_unix_ns),
        ended=rfc3339(observation.ended_unix_ns),
        duration_s=(observation.ended_unix_ns - observation.began_unix_ns) / _NS,
        backend=observation.backend,
        kernel=observation.kernel,
        stages=tuple(stage_document(state) for state in observation.stages),
        judged=observation.judged,
        findings=observation.findings,
        severities=observation.severities,
        suppressed=observation.suppressed,
        folded=observation.folded,
        incomplete=observation.incomplete,
        lost=observation.lost,
        cut_by_start=observation.cut_by_start,
        cut_by_end=observation.cut_by_end,
        notes=observation.notes,
        sinks=tuple(sink_document(state) for state in observation.sinks),
        descendants=tuple(
            DescendantDocument(pid=left.pid, comm=left.comm) for left in observation.descendants
        ),
        tool_status=observation.tool_status,
        command_status=observation.command_status,
        enforcement=_enforcement(observation),
    )


def _enforcement(observation: Observation) -> EnforcementDocument | msgspec.UnsetType:
    if observation.enforce is None:
        return msgspec.UNSET
    return EnforcementDocument(mode=observation.enforce, calls=observation.enforced)
