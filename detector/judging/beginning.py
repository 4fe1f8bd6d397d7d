"""What a run knows when it begins and when it ends, beyond what its snapshots say."""

from __future__ import annotations

import msgspec

from detector.model.enforcement import Enforced, Mode
from detector.model.observation import Descendant, StageState
from detector.model.stage import Stage


class Beginning(msgspec.Struct, frozen=True, kw_only=True):
    """Known when watching is armed and proved."""

    run: str
    """The run's id."""
    backend: str
    kernel: str
    """The kernel's release, as uname -r gives it."""
    stages: tuple[StageState, ...]
    began_unix_ns: int
    offset_ns: int
    """Wall time minus CLOCK_BOOTTIME, ns: what gives every finding of the run its time."""
    enforce: Mode | None = None
    """What is done about raced calls; None: nothing is enforced."""

    @property
    def armed(self) -> frozenset[Stage]:
        """The stages that at least one ABI of at least one call has."""
        return frozenset(state.stage for state in self.stages if state.armed)

    @property
    def armed_by_call(self) -> dict[str, frozenset[Stage]]:
        """The same of each watched call: a function may be there to probe for one alone."""
        return {
            name: frozenset(
                state.stage for state in self.stages if state.armed and state.syscall == name
            )
            for name in {state.syscall for state in self.stages}
        }


class Ending(msgspec.Struct, frozen=True, kw_only=True):
    """Known when watching has ended."""

    ended_unix_ns: int
    stages: tuple[StageState, ...]
    """As last known."""
    begun: int | None
    """Calls that the kernel says were begun; None: it could not be asked."""
    equal: int = 0
    """Of these, calls that the gate found equal at every stage: judged in the kernel."""
    held: int = 0
    """Of these, calls that were in the kernel at the end, held behind the gate: cut by the end."""
    lost: dict[str, int]
    """By cause, except for calls of which nothing arrived: those follow from `begun`."""
    cut_by_start: int
    enforced: dict[Enforced, int] = {}
    """Calls on which the kernel decided, by what it made of them, whether they arrived or not."""
    notes: tuple[str, ...] = ()
    descendants: tuple[Descendant, ...] = ()
    command_status: int | None = None
