"""A recording judged again, by today's correlator and rules: the same way as live calls go."""

from __future__ import annotations

from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator

import msgspec

from detector.correlate.limits import Limits
from detector.judging.beginning import Ending
from detector.judging.judging import Judging
from detector.judging.named import named_by
from detector.judging.observed import observed
from detector.model.finding import Finding
from detector.model.judgement import JudgedCall
from detector.model.observation import Observation
from detector.model.process import Process
from detector.model.process_change import ProcessChange
from detector.model.snapshot import Loss, Snapshot
from detector.recording.case import RecordingPath
from detector.recording.chain import Chain, first_header
from detector.recording.processes import Processes
from detector.recording.reading import Block, Gap
from detector.recording.records import Answer, Header, Record
from detector.recording.writer import UNRECORDED
from detector.rules.rule import Rule

DAMAGED = "recording: places that are damaged"
NO_END = "recording: its end"
DELETED = "recording: files deleted to stay below its bound"
GAP_NOTE = "recording: "
"""What a note begins with that names a damaged place."""
MOST_NOTED = 20
"""Damaged places that the observation names; all are counted."""
UNASKED = "the recording has no more than the kernel told in the call"


class Replayed(msgspec.Struct, frozen=True):
    """What became of one recording."""

    path: RecordingPath
    header: Header | None
    observation: Observation | None
    """Without a tool's status, which is the caller's to judge; None: nothing could be read."""
    gaps: tuple[Gap, ...]


class Replay:
    """One recording on its way through the correlator and the rules."""

    def __init__(
        self, header: Header, rules: tuple[Rule, ...], emit: Callable[[Finding], None]
    ) -> None:
        """Begin as the live run did."""
        self._beginning = header.beginning
        self._answers: OrderedDict[int, Process] = OrderedDict()
        self._processes = Processes()
        self.judging = Judging(header.beginning, rules=rules, identify=self._identify, emit=emit)
        self._losses: Counter[str] = Counter()
        self._last_ns = 0
        self._open_calls = Limits().open_calls

    def take_all(self, item: Block | Gap) -> None:
        """Take a block; or a gap, past which no call that is open can be called clean."""
        if isinstance(item, Gap):
            self.judging.feed(Loss(DAMAGED, 1))
            self._processes = Processes()
            return
        for record in item.records:
            self.take(record)

    def take(self, record: Record) -> None:
        """Take one record, in order."""
        if isinstance(record, Answer):
            self._answers[record.call] = record.process
            if len(self._answers) > self._open_calls:  # no live run answers before it judges
                self._answers.popitem(last=False)
        elif isinstance(record, ProcessChange):
            self._processes.take(record)
        elif isinstance(record, Snapshot):
            self._last_ns = max(self._last_ns, record.time_ns)
            self.judging.feed(record)
        elif isinstance(record, Loss):
            self._losses[record.cause] += record.count
            if record.cause in UNRECORDED:  # whatever it was: a change of a process, perhaps
                self._processes = Processes()
            self.judging.feed(record)

    def finish(self, chain: Chain, noted: tuple[Gap, ...], damaged: int) -> Observation:
        """Judge what is open, and say what was seen, with what the recording lacks.

        `noted`: gaps that the observation names; `damaged`: how many places are.
        """
        ending = self._cut() if chain.closing is None else chain.closing.ending
        # as the live run did, whose calls may have made nothing more
        self.judging.advance(ending.ended_unix_ns - self._beginning.offset_ns)
        self.judging.finish()
        lost = dict(ending.lost)
        if damaged:
            lost[DAMAGED] = damaged
        if chain.begins_late:
            lost[DELETED] = chain.dropped.segments
        notes = tuple(f"{GAP_NOTE}{gap}" for gap in noted)
        ending = msgspec.structs.replace(ending, lost=lost, notes=(*ending.notes, *notes))
        return observed(self._beginning, ending, self.judging)

    def _identify(self, call: JudgedCall) -> Process:
        answer = self._answers.pop(call.number, None)
        if answer is not None:
            return answer
        if call.caller is not None:
            return named_by(call.caller, UNASKED)
        return self._processes.who(call)

    def _cut(self) -> Ending:
        """Make the end of a recording that has none out of what it says up to there."""
        return Ending(
            ended_unix_ns=max(
                self._last_ns + self._beginning.offset_ns, self._beginning.began_unix_ns
            ),
            stages=self._beginning.stages,
            begun=None,
            lost=dict(self._losses) | {NO_END: 1},
            cut_by_start=0,
        )


def replay(
    path: RecordingPath,
    rules: tuple[Rule, ...],
    emit: Callable[[Finding, Header], None],
    told: Callable[[Gap], None] = lambda _: None,
) -> Replayed:
    """Judge one recording as far as it can be read; `told` takes each gap as it is met."""
    header = first_header(path)
    gaps: list[Gap] = []
    observation = None
    for item in judge_again(Chain(path), header, rules):
        if isinstance(item, Gap):
            gaps.append(item)
            told(item)
        elif isinstance(item, Observation):
            observation = item
        elif header is not None:
            emit(item, header)
    return Replayed(path, header, observation, tuple(gaps))


def judge_again(
    chain: Chain, header: Header | None, rules: tuple[Rule, ...]
) -> Iterator[Finding | Gap | Observation]:
    """Give the findings of one recording and its gaps as they come, and its observation last.

    Pure but for what `chain` reads, and of bounded memory. `header`: the first that can be read;
    without one there are gaps alone.
    """
    found: list[Finding] = []
    noted: list[Gap] = []
    damaged = 0
    run = Replay(header, rules, found.append) if header else None
    for item in chain.blocks():
        if isinstance(item, Gap):
            damaged += not item.cut
            if len(noted) < MOST_NOTED:
                noted.append(item)
            yield item
        if run:
            run.take_all(item)
            yield from found
            found.clear()
    if run:
        observation = run.finish(chain, tuple(noted), damaged)
        yield from found
        yield observation
