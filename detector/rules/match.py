"""What a rule matches: tests of named fields, declared and never programmed."""

from __future__ import annotations

import msgspec

from detector.model.judgement import JudgedCall
from detector.model.process import Process
from detector.rules.accept import Accept, accepts
from detector.rules.field import Field


class Test(msgspec.Struct, frozen=True, kw_only=True):
    """One value of a field must be one of the things accepted."""

    __test__ = False  # pytest would take the class for a test

    field: Field
    accepted: tuple[Accept, ...]


class Match(msgspec.Struct, frozen=True, kw_only=True):
    """Every test must hold, one of `alternatives` if there are any, and none of `exclusions`."""

    tests: tuple[Test, ...] = ()
    alternatives: tuple[Match, ...] = ()
    """`any:` in a rule file."""
    exclusions: tuple[Match, ...] = ()
    """`none:` in a rule file."""


def holds(match: Match, call: JudgedCall, process: Process) -> bool:
    """Say whether the call is one that the rule is about. What is not known fits no test."""
    return (
        all(_passes(test, call, process) for test in match.tests)
        and (not match.alternatives or any(holds(m, call, process) for m in match.alternatives))
        and not any(holds(m, call, process) for m in match.exclusions)
    )


def _passes(test: Test, call: JudgedCall, process: Process) -> bool:
    values = test.field.get(call, process)
    return any(accepts(accept, value) for value in values for accept in test.accepted)
