"""What a scenario is: a name, its truth, and how it is played."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from detector.simulate.host import Host, read_host
from detector.simulate.truth import CallTruth, Truth

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass(frozen=True)
class Scenario:
    """One entry of the table of simulations."""

    name: str
    summary: str
    """One line for a person."""
    calls: Callable[[Host, int], tuple[CallTruth, ...]]
    """The truth of every call when played so many times on such a host."""
    perform: Callable[[Host, int], list[int]]
    """Play it so many times: the value that every call returned (or -errno), in the truth's order.

    Raises SimulationError where it cannot be played.
    """
    certain: bool = True
    """Whether the outcome is certain by construction."""

    def truth(self, times: int, host: Host | None = None) -> Truth:
        """Return what is true when it is played `times` times on this host."""
        calls = self.calls(host or read_host(), times)
        return Truth(
            scenario=self.name,
            times=times,
            certain=self.certain,
            call_count=len(calls),
            calls=calls,
        )


def first_old(repetition: int) -> tuple[int, ...]:
    """Return the old_nodes that a look at entry finds; repetitions tell calls apart."""
    return (40 + repetition % 11,)


def second_old(repetition: int) -> tuple[int, ...]:
    """Return the old_nodes that a writer puts in place of `first_old`."""
    return (51 + repetition % 11,)
