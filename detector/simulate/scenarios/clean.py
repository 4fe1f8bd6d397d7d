"""`clean`: honest calls. The masks are there, and nobody else writes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from detector.simulate import syscalls
from detector.simulate.masks import MAXNODE_WORD, Mask
from detector.simulate.scenario import Scenario, first_old
from detector.simulate.script import SELF
from detector.simulate.truth import CallTruth, call, steady

if TYPE_CHECKING:
    from detector.simulate.host import Host


def calls(host: Host, times: int) -> tuple[CallTruth, ...]:
    """Return the truth: every look at a mask finds the same."""
    new = (host.node,)
    return tuple(
        call(r, None, steady(first_old(r), first_old(r)), steady(new, new), MAXNODE_WORD)
        for r in range(times)
    )


def perform(host: Host, times: int) -> list[int]:
    """Call `times` times."""
    with Mask() as old, Mask() as new:
        new.write((host.node,))
        returned = []
        for repetition in range(times):
            old.write(first_old(repetition))
            returned.append(syscalls.migrate_pages(SELF, MAXNODE_WORD, old.address, new.address))
        return returned


CLEAN = Scenario("clean", "an honest call", calls, perform)
