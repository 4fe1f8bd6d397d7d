"""`storm`: one thread calls and another rewrites old_nodes, both at full speed: luck decides."""

from __future__ import annotations

from typing import TYPE_CHECKING

from detector.simulate import syscalls
from detector.simulate.hammer import hammering
from detector.simulate.masks import MAXNODE_WORD, WORD, Mask, encode
from detector.simulate.scenario import Scenario, first_old, second_old
from detector.simulate.script import SELF
from detector.simulate.truth import CallTruth, MaskTruth, call, steady

if TYPE_CHECKING:
    from detector.simulate.host import Host

CALLS = 100
"""Calls of one storm."""


def calls(host: Host, times: int) -> tuple[CallTruth, ...]:
    """Return the truth: every look at old_nodes finds one of the two values written."""
    new = (host.node,)
    return tuple(one for r in range(times) for one in (_one_call(r, new),) * CALLS)


def _one_call(repetition: int, new: tuple[int, ...]) -> CallTruth:
    old = MaskTruth(
        entry="any",
        copy="any",
        use="any",
        exit="any",
        kind="any",
        written=(first_old(repetition), second_old(repetition)),
    )
    return call(repetition, None, old, steady(new, new), MAXNODE_WORD)


def perform(host: Host, times: int) -> list[int]:
    """Call CALLS times in each repetition, while the writer hammers."""
    with Mask() as old, Mask() as new:
        new.write((host.node,))
        returned = []
        for repetition in range(times):
            first, second = (
                int.from_bytes(encode(nodes, WORD), "little")
                for nodes in (first_old(repetition), second_old(repetition))
            )
            with hammering(old.address, first, second):
                returned += [
                    syscalls.migrate_pages(SELF, MAXNODE_WORD, old.address, new.address)
                    for _ in range(CALLS)
                ]
        return returned


STORM = Scenario(
    "storm", "100 calls while a thread rewrites old_nodes: luck", calls, perform, certain=False
)
