"""The tool's own two calls before arming: one honest, one raced, made by the calling thread.

A stage that stays silent on them is lost, and said.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Literal, NamedTuple

import msgspec

from detector.errors import SimulationError
from detector.simulate import pages, syscalls
from detector.simulate.hammer import hammering
from detector.simulate.host import Host, read_host
from detector.simulate.masks import MAXNODE_WORD, WORD, Mask, encode
from detector.simulate.pages import PAGE
from detector.simulate.player import play
from detector.simulate.scenario import first_old, second_old
from detector.simulate.script import NOBODY, SELF
from detector.simulate.table import SCENARIOS
from detector.simulate.text_calls import TEXT_CALLS, TextCall
from detector.simulate.truth import (
    CallTruth,
    MaskTruth,
    Nodes,
    Seen,
    TextTruth,
    call,
    call_of,
    steady,
    text_call,
)

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


def play_own_honest(syscall: str) -> OwnCalls:
    """Make one honest call; raise SimulationError where even that is refused."""
    name = OWN[syscall].honest
    play(name, 1)
    return OwnCalls(method="plain", certain=True, calls=SCENARIOS[name].truth(1).calls)


def play_own_raced(syscall: str) -> OwnCalls:
    """Make one raced call, or without userfaultfd many that race by luck.

    The lucky ones are refused, so they are quick and change nothing. Raises SimulationError where
    neither can be done.
    """
    name = OWN[syscall].raced
    try:
        play(name, 1)
    except SimulationError as error:
        return _play_lucky(syscall, str(error))
    return OwnCalls(method="userfaultfd", certain=True, calls=SCENARIOS[name].truth(1).calls)


def play_own_stopped() -> tuple[int, ...]:
    """Make one raced call (without userfaultfd many, that race by luck) that may be refused.

    Gives what the kernel returned to each.
    """
    host = read_host()
    try:
        return tuple(SCENARIOS[OWN["migrate_pages"].raced].perform(host, 1))
    except SimulationError:
        with _lucky_masks(host, WRITTEN_WORDS) as (raced, other):
            return tuple(
                syscalls.migrate_pages(SELF, MAXNODE_WORD, raced.address, other.address)
                for _ in range(LUCKY_CALLS)
            )


def _play_lucky(syscall: str, because: str) -> OwnCalls:
    own = OWN[syscall]
    with _lucky_masks(read_host(), own.words) as (raced, steady_one):
        if own.other:
            pages.write(steady_one.address, own.other)
        for _ in range(LUCKY_CALLS):
            own.make(raced.address, steady_one.address)
    return OwnCalls(
        method="hammer",
        certain=False,
        calls=(own.truth(),) * LUCKY_CALLS,
        because=because,
    )


def _migrate(raced: int, other: int) -> int:
    return syscalls.migrate_pages(NOBODY, MAXNODE_WORD, raced, other)


def _migrated() -> CallTruth:
    steady_one = steady((read_host().node,))
    return call(0, "ESRCH", _changing(used=False), steady_one, MAXNODE_WORD)


def _bind(raced: int, _: int) -> int:
    return syscalls.mbind(0, PAGE, syscalls.MPOL_DEFAULT, raced, MAXNODE_WORD)


def _set(raced: int, _: int) -> int:
    return syscalls.set_mempolicy(syscalls.MPOL_DEFAULT, raced, MAXNODE_WORD)


def _refused(syscall: str) -> CallTruth:
    return call_of(syscall, 0, "EINVAL", {"nodemask": _changing(used=True)}, MAXNODE_WORD)


def _changing(*, used: bool) -> MaskTruth:
    use: Seen = "any" if used else None
    return MaskTruth(entry="any", copy="any", use=use, exit="any", kind="any", written=_WRITTEN)


def _changing_text(syscall: str, argument: str, error: str | None) -> CallTruth:
    """Of a call while its text changes: what is seen is luck."""
    changing = TextTruth(entry=None, use=None, exit=None, kind="any")
    return text_call(syscall, 0, error, {argument: changing})


@contextmanager
def _lucky_masks(host: Host, words: tuple[int, int]) -> Iterator[tuple[Mask, Mask]]:
    """Give a mask whose first word changes between two all the time, and one that stays."""
    with Mask() as raced, Mask() as steady_one:
        steady_one.write((host.node,))
        with hammering(raced.address, *words):
            yield raced, steady_one


def _word(nodes: Nodes) -> int:
    """Return the first word of the mask of `nodes`."""
    return int.from_bytes(encode(nodes, WORD), "little")


def _text_words(text_call: TextCall) -> tuple[int, int]:
    """Return two first words of a text: of a path all, in a folder that is not there."""
    texts = (text_call.first(0), text_call.second(0))
    if not text_call.is_address:
        texts = (b"/tctr/a\0", b"/tctr/b\0")
    first, second = (int.from_bytes(text[:WORD], "little") for text in texts)
    return first, second


WRITTEN_WORDS = (_word(first_old(0)), _word(second_old(0)))


class Own(NamedTuple):
    """What proves the stages of one call. None of it changes anything of this process."""

    honest: str
    """A scenario."""
    raced: str
    """One that races for certain, by userfaultfd."""
    make: Callable[[int, int], int]
    """Where there is none, a call that is refused after its copy, made while its mask is rewritten:
    with the address of that mask, and of one that stays as it is."""
    truth: Callable[[], CallTruth]
    """What is true of it."""
    words: tuple[int, int] = WRITTEN_WORDS
    """What it is rewritten to and fro."""
    other: bytes = b""
    """What stays, where it is no mask: symlinkat() makes what it names, and so it names nothing."""


OWN = (
    {
        "migrate_pages": Own("clean", "flip-both", _migrate, _migrated),
        "mbind": Own("mbind-einval", "mbind-refused", _bind, partial(_refused, "mbind")),
        "set_mempolicy": Own(
            "mempolicy-einval", "mempolicy-refused", _set, partial(_refused, "set_mempolicy")
        ),
    }
    | {
        one.syscall: Own(
            f"{one.syscall}-clean",
            f"{one.syscall}-flip",
            one.make,
            partial(_changing_text, one.syscall, one.arguments[0], one.error),
            _text_words(one),
            one.other(),
        )
        for one in TEXT_CALLS
    }
    | {
        "move_pages": Own(
            "move_pages-clean",
            "move_pages-flip",
            lambda pages, _: syscalls.move_pages(NOBODY, 1, pages, 0, 0),
            partial(_changing_text, "move_pages", "pages", "ESRCH"),
        )
    }
)
"""By system call."""
