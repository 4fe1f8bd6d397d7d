"""Playing a scenario, and holding what its calls returned against its truth."""

from __future__ import annotations

import errno
from collections import Counter
from typing import TYPE_CHECKING

import msgspec

from detector.errors import SimulationError
from detector.simulate.host import read_host
from detector.simulate.table import find

if TYPE_CHECKING:
    from detector.simulate.truth import CallTruth


class Played(msgspec.Struct, frozen=True, kw_only=True):
    """What was played."""

    scenario: str
    times: int
    syscall: str
    """What was called."""
    call_count: int
    succeeded: int
    """How many calls succeeded."""
    errors: dict[str, int]
    """How many calls ended with which error, by its name."""


def play(name: str, times: int) -> Played:
    """Play the scenario `times` times.

    Raises UsageError for an unknown name, SimulationError where it cannot be played or a call
    did not return what is certain.
    """
    scenario = find(name)
    host = read_host()
    truth = scenario.truth(times, host)
    returned = scenario.perform(host, times)
    for expected, value in zip(truth.calls, returned, strict=True):
        _compare(expected, error_of(value))
    errors = Counter(filter(None, map(error_of, returned)))
    return Played(
        scenario=name,
        times=times,
        syscall=truth.calls[0].syscall,
        call_count=len(returned),
        succeeded=len(returned) - errors.total(),
        errors=dict(errors),
    )


def error_of(value: int) -> str | None:
    """Return the name of the error that a call's value stands for; None if it succeeded."""
    return errno.errorcode.get(-value, str(value)) if value < 0 else None


def _compare(expected: CallTruth, actual: str | None) -> None:
    """Raise SimulationError if a call did not end as is certain."""
    if actual != expected.error:
        message = (
            f"a call of {expected.syscall} ended with {actual or 'success'} where "
            f"{expected.error or 'success'} is certain: a seccomp filter or a security module "
            "decides here; run outside the container, or as root"
        )
        raise SimulationError(message)
