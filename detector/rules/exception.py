"""Exceptions: calls that a rule matches and that its author does not want to hear of."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from detector.model.judgement import JudgedCall
from detector.model.process import Process
from detector.rules.accept import accepts
from detector.rules.match import Test


class RuleException(msgspec.Struct, frozen=True, kw_only=True):
    """A named exception: one of its entries must fit the call."""

    name: str
    entries: tuple[tuple[Test, ...], ...]
    """Each a test for every one of its fields."""


def excepted(exceptions: Iterable[RuleException], call: JudgedCall, process: Process) -> str | None:
    """Name the first exception that fits the call; None where none does.

    An exception keeps silent, so it must fit for certain: a field that is not known fits nothing,
    and of a field with several values each one must fit.
    """
    for exception in exceptions:
        for tests in exception.entries:
            if all(_fits(test, call, process) for test in tests):
                return exception.name
    return None


def _fits(test: Test, call: JudgedCall, process: Process) -> bool:
    values = test.field.get(call, process)
    return bool(values) and all(
        any(accepts(accept, value) for accept in test.accepted) for value in values
    )
