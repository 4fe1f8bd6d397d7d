"""`beyond-maxnode`: only bits that the kernel ignores change during the call. That is honest."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

from detector.simulate import pages, syscalls
from detector.simulate.faults import FaultServer
from detector.simulate.hammer import hammering
from detector.simulate.masks import BODY, MAXNODE_TAILED, WORD, HeldMask, Mask, encode
from detector.simulate.scenario import Scenario, first_old
from detector.simulate.script import SELF
from detector.simulate.truth import CallTruth, call, steady

if TYPE_CHECKING:
    from detector.simulate.host import Host

MAXNODE_PARTIAL = 62 + 1
"""A maxnode by which the kernel reads a word whole, and then keeps 62 of its bits."""
IGNORED = 1 << 62
"""The lowest bit of that word that does not count: bit maxnode - 1."""
NEXT_WORD = BODY + WORD
"""Offset in bytes of the word just past what the kernel reads with MAXNODE_TAILED."""


def calls(host: Host, times: int) -> tuple[CallTruth, ...]:
    """Return the truth: two calls a repetition, in which no mask changes."""
    new = (host.node,)
    return tuple(
        one
        for r in range(times)
        for one in (
            call(
                r,
                None,
                steady(first_old(r), first_old(r), "unreadable"),
                steady(new, new, "zero"),
                MAXNODE_TAILED,
            ),
            call(r, None, steady(first_old(r), first_old(r)), steady(new, new), MAXNODE_PARTIAL),
        )
    )


def perform(host: Host, times: int) -> list[int]:
    """Change the word past the mask while the kernel is held; then bits of its last word."""
    with ExitStack() as stack:
        old = stack.enter_context(HeldMask())
        new = stack.enter_context(Mask())
        plain = stack.enter_context(Mask())
        new.write((host.node,))
        server = stack.enter_context(FaultServer())
        server.register(old.tail_page)
        returned = []
        for repetition in range(times):
            old.write(first_old(repetition))
            pages.write_word(new.address + NEXT_WORD, 0)
            server.arm(old.tail_page, lambda: pages.write_word(new.address + NEXT_WORD, 1))
            returned.append(syscalls.migrate_pages(SELF, MAXNODE_TAILED, old.address, new.address))
            server.check()
            word = int.from_bytes(encode(first_old(repetition), WORD), "little")
            with hammering(plain.address, word, word | IGNORED):
                returned.append(
                    syscalls.migrate_pages(SELF, MAXNODE_PARTIAL, plain.address, new.address)
                )
        return returned


BEYOND_MAXNODE = Scenario(
    "beyond-maxnode", "bits change that the kernel ignores: honest", calls, perform
)
