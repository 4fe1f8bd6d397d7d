"""Short ways for these tests to judge one call and to ask for a verdict."""

from __future__ import annotations

from collections.abc import Iterable

from detector.correlate.correlator import correlate
from detector.model.judgement import JudgedArgument, JudgedCall, Verdict
from detector.model.snapshot import Loss, Snapshot
from detector.model.stage import Stage
from tests.unit.builders import ALL_ARMED

WITHOUT_COPY = ALL_ARMED - {Stage.COPY}
ENTRY_AND_EXIT = frozenset({Stage.ENTRY, Stage.EXIT})


def judge_all(
    items: Iterable[Snapshot | Loss], armed: frozenset[Stage] = ALL_ARMED
) -> list[JudgedCall]:
    """Judge every call of the items."""
    return list(correlate(items, armed=armed))


def judge_one(items: Iterable[Snapshot | Loss], armed: frozenset[Stage] = ALL_ARMED) -> JudgedCall:
    """Judge items that are of a single call."""
    (call,) = judge_all(items, armed)
    return call


def argument(call: JudgedCall, name: str = "old_nodes") -> JudgedArgument:
    """Give the argument with this name."""
    return next(argument for argument in call.arguments if argument.name == name)


def verdicts(argument: JudgedArgument) -> dict[str, Verdict]:
    """Give the verdicts by pair, written as `entry-copy`."""
    return {f"{pair.earlier}-{pair.later}": pair.verdict for pair in argument.pairs}
