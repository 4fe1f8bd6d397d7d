"""Recordings made without a kernel: calls of every kind, through the writer that a session uses."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import msgspec

from detector.correlate.correlator import correlate
from detector.judging.beginning import Beginning, Ending
from detector.judging.judging import Judging
from detector.judging.observed import observed
from detector.live.recorder import Recorder
from detector.model.finding import Finding
from detector.model.head import Head
from detector.model.judgement import JudgedCall
from detector.model.observation import Observation
from detector.model.process import Process
from detector.model.snapshot import Loss, Snapshot
from detector.recording.bounds import Bounds
from detector.recording.facts import HostFacts
from detector.recording.folder import CaseFolder
from detector.recording.names import SegmentName
from detector.recording.recorder import CaseRecorder
from detector.recording.records import Answer, Header
from tests.unit.builders import ALL_ARMED, Mask, content, ladder, lose, unreadable
from tests.unit.samples import OFFSET_NS, PROCESS, RULES, WRITTEN, make_observation

TEXTS = {rule.id: rule.title for rule in RULES}
RUN = "7d1f0a4c7d1f0a4c"
ODD_PROCESS = msgspec.structs.replace(
    PROCESS, executable="/tmp/\udcff\ud800<b>", command_line=("\u202eevil", "\udc80")
)
BEGINNING = Beginning(
    run=RUN,
    backend="kprobe",
    kernel="6.12.117+deb12-amd64",
    stages=make_observation().stages,
    began_unix_ns=OFFSET_NS,
    offset_ns=OFFSET_NS,
)


def items(calls: int = 60) -> list[Snapshot | Loss]:
    """Make calls of several kinds, some of them losing a part, and a Loss in its place."""
    kinds = [
        {},
        {"old_nodes": Mask(content(2), copy=content(1), exit=content(1))},
        {"new_nodes": Mask(unreadable(), copy=content(1), exit=content(1))},
        {"old_nodes": Mask(content(2), exit=content(1))},
        {"old_nodes": Mask(content(2), copy=content(1), exit=content(2))},
    ]
    made: list[Snapshot | Loss] = []
    for number in range(1, calls + 1):
        snapshots = ladder(number, masks=kinds[number % 5], began_ns=number * 1_000)
        made += lose(snapshots, [2]) if number % 11 == 0 else snapshots
        if number == calls // 2:
            made.append(Loss("ring buffer full", 3))
    return made


class Lived(msgspec.Struct):
    """What a run found and said while it was recorded."""

    findings: list[Finding]
    observation: Observation
    heads: list[tuple[Head, SegmentName, bool]]


def named(call: JudgedCall) -> Process:
    """Say who made a call: now and then somebody whose name is no text, or whose mask's writers
    are known."""
    return (ODD_PROCESS, WRITTEN, PROCESS)[call.number % 3]


def live(
    recorder: Recorder,
    stream: Iterable[Snapshot | Loss],
    *,
    begun: int | None = None,
    beginning: Beginning = BEGINNING,
    between: Callable[[], None] = lambda: None,
) -> tuple[list[Finding], Observation]:
    """Judge a stream and record it, as a session does."""
    findings: list[Finding] = []

    def identify(call: JudgedCall) -> Process:
        recorder.answer(call.number, named(call))
        return named(call)

    recorder.begin(beginning)
    judging = Judging(beginning, rules=RULES, identify=identify, emit=findings.append)
    for item in stream:
        judging.feed(item)
        recorder.item(item)
        between()
    judging.finish()
    ending = Ending(
        ended_unix_ns=OFFSET_NS + 5_000_000_000,
        stages=beginning.stages,
        begun=judging.tally.calls + 2 if begun is None else begun,
        lost={"ring buffer full": 3} | recorder.settle(),
        cut_by_start=1,
        notes=("a note",),
        command_status=0,
    )
    observation = observed(beginning, ending, judging)
    recorder.end(ending, observation)
    return findings, observation


def record(
    folder: Path,
    stream: Iterable[Snapshot | Loss] | None = None,
    *,
    bounds: Bounds | None = None,
    run: str = RUN,
    between: Callable[[], None] = lambda: None,
    at_head: Callable[[], None] = lambda: None,
) -> Lived:
    """Record a stream into a case; give what was found and said meanwhile."""
    heads: list[tuple[Head, SegmentName, bool]] = []

    def on_head(*, head: Head, name: SegmentName, last: bool) -> None:
        heads.append((head, name, last))
        at_head()

    with CaseFolder(folder) as case:
        recorder = CaseRecorder(
            case,
            bounds or Bounds(),
            HostFacts(TEXTS).header,
            on_head,
        )
        with recorder:
            findings, observation = live(
                recorder,
                items() if stream is None else stream,
                beginning=msgspec.structs.replace(BEGINNING, run=run),
                between=between,
            )
    return Lived(findings, observation, heads)


def header() -> Header:
    """Make a header."""
    return HostFacts(TEXTS).header(BEGINNING, 1)


def answers(stream: Iterable[Snapshot | Loss]) -> list[Answer]:
    """Give who made each call that has a kind."""
    return [
        Answer(call.number, named(call))
        for call in correlate(stream, armed=ALL_ARMED)
        if call.kind is not None
    ]
