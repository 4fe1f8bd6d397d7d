"""Correlator, rules and count, in one place: the same for live calls and recorded ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from detector.correlate.correlator import Correlator
from detector.judging.beginning import Beginning
from detector.judging.tally import Tally
from detector.model.finding import Finding
from detector.model.judgement import JudgedCall
from detector.model.process import Process
from detector.model.snapshot import Loss, Snapshot
from detector.rules.evaluate import rule_on
from detector.rules.rule import Rule

MOST_DOUBTS = 64
"""Reasons that are told apart why a condition could not be told of a call."""


class Judging:
    """Judges the items of one run as they come; no clock, and no I/O but its callers'."""

    def __init__(
        self,
        beginning: Beginning,
        *,
        rules: tuple[Rule, ...],
        identify: Callable[[JudgedCall], Process],
        emit: Callable[[Finding], None],
        doubt: Callable[[str, str], None] = lambda *_: None,
    ) -> None:
        """`identify` is asked once for every call that has a kind; `emit` takes each finding.

        `doubt` is told once why a rule's condition could not be told of a call.
        """
        self._correlator = Correlator(armed=beginning.armed, armed_by_call=beginning.armed_by_call)
        self._offset_ns = beginning.offset_ns
        self._enforce = beginning.enforce
        self._rules = rules
        self._identify = identify
        self._emit = emit
        self._doubt = doubt
        self._doubts: Counter[tuple[str, str]] = Counter()
        self.suppressed: Counter[str] = Counter()
        """Findings that an exception kept silent, by `rule/exception`."""
        self.tally = Tally()

    @property
    def calls_open(self) -> bool:
        """Whether a call was begun of which the end has not been seen."""
        return bool(self._correlator.open_calls)

    def use_rules(self, rules: tuple[Rule, ...]) -> None:
        """Judge every call from now on by other rules."""
        self._rules = rules

    def feed(self, item: Snapshot | Loss) -> None:
        """Take one item of the stream, and judge the calls that it completes."""
        for call in self._correlator.feed(item):
            self._judged(call)

    def advance(self, time_ns: int) -> None:
        """Say that the stream has reached `time_ns` (CLOCK_BOOTTIME), though nothing came."""
        for call in self._correlator.advance(time_ns):
            self._judged(call)

    def finish(self) -> None:
        """Judge what is still open: the stream has ended."""
        for call in self._correlator.finish():
            self._judged(call)

    def _judged(self, call: JudgedCall) -> None:
        self.tally.call(call)
        if call.kind is None:
            return
        process = self._identify(call)
        ruling = rule_on(call, process, self._rules, self._offset_ns, self._enforce)
        self.tally.findings(ruling.findings)
        self.suppressed.update(ruling.suppressed)
        self._count_doubts(ruling.doubts)
        for finding in ruling.findings:
            self._emit(finding)

    def _count_doubts(self, doubts: dict[str, str]) -> None:
        """Count conditions that could not be told of a call; say each reason once."""
        for rule, reason in doubts.items():
            if (rule, reason) not in self._doubts and len(self._doubts) >= MOST_DOUBTS:
                reason = "other reasons"  # noqa: PLW2901  (the count goes on under one name)
            if (rule, reason) not in self._doubts:
                self._doubt(rule, reason)
            self._doubts[rule, reason] += 1

    def notes(self) -> tuple[str, ...]:
        """Say for the observation which conditions could not be told."""
        return tuple(
            f"condition of {rule} could not be told {count:,} times, and held: {reason}"
            for (rule, reason), count in self._doubts.items()
        )
