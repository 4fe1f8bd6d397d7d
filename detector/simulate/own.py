"""The tool's own two calls after arming: one honest, one raced, made by the calling thread.

A stage that stays silent on them is lost, and said.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

import msgspec

from detector.errors import SimulationError
from detector.simulate import syscalls
from detector.simulate.hammer import hammering
from detector.simulate.host import Host, read_host
from detector.simulate.masks import MAXNODE_WORD, WORD, Mask, encode
from detector.simulate.player import play
from detector.simulate.scenario import first_old, second_old
from detector.simulate.script import NOBODY, SELF
from detector.simulate.table import SCENARIOS
from detector.simulate.truth import CallTruth, MaskTruth, Nodes, call, steady

HONEST = "clean"
RACED = "flip-both"
LUCKY_CALLS = 200
"""Calls made where no race is certain; a bare call is raced about once in ten."""
_WRITTEN = (first_old(0), second_old(0))


class OwnCalls(msgspec.Struct, frozen=True, kw_only=True):
    """What the tool did to itself."""

    method: Literal["plain", "userfaultfd", "hammer"]
    certain: bool
    """Whether the truth is certain; if not, that any call is raced is only very likely."""
    calls: tuple[CallTruth, ...]
    """The truth of every call, in order."""
    because: str = ""
    """Why it is not certain, for a person."""


def play_own_honest() -> OwnCalls:
    """Make one honest call; raise SimulationError where even that is refused."""
    play(HONEST, 1)
    return OwnCalls(method="plain", certain=True, calls=SCENARIOS[HONEST].truth(1).calls)


def play_own_raced() -> OwnCalls:
    """Make one raced call, or without userfaultfd many that race by luck.

    The lucky ones target nobody and end with ESRCH, so they are quick and have no use. Raises
    SimulationError where neither can be done.
    """
    try:
        play(RACED, 1)
    except SimulationError as error:
        return _play_lucky(str(error))
    return OwnCalls(method="userfaultfd", certain=True, calls=SCENARIOS[RACED].truth(1).calls)


def play_own_stopped() -> tuple[int, ...]:
    """Make one raced call (without userfaultfd many, that race by luck) that may be refused.

    Gives what the kernel returned to each.
    """
    host = read_host()
    try:
        return tuple(SCENARIOS[RACED].perform(host, 1))
    except SimulationError:
        with _lucky_masks(host) as (old, new):
            return tuple(
                syscalls.migrate_pages(SELF, MAXNODE_WORD, old.address, new.address)
                for _ in range(LUCKY_CALLS)
            )


def _play_lucky(because: str) -> OwnCalls:
    host = read_host()
    with _lucky_masks(host) as (old, new):
        for _ in range(LUCKY_CALLS):
            syscalls.migrate_pages(NOBODY, MAXNODE_WORD, old.address, new.address)
    changing = MaskTruth(
        entry="any", copy="any", use=None, exit="any", kind="any", written=_WRITTEN
    )
    one = call(0, "ESRCH", changing, steady((host.node,)), MAXNODE_WORD)
    return OwnCalls(method="hammer", certain=False, calls=(one,) * LUCKY_CALLS, because=because)


@contextmanager
def _lucky_masks(host: Host) -> Iterator[tuple[Mask, Mask]]:
    """Give both masks, of which old changes all the time."""
    with Mask() as old, Mask() as new:
        new.write((host.node,))
        with hammering(old.address, *map(_word, _WRITTEN)):
            yield old, new


def _word(nodes: Nodes) -> int:
    """Return the first word of the mask of `nodes`."""
    return int.from_bytes(encode(nodes, WORD), "little")
