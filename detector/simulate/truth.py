"""What is true of a simulated call: the oracle that a watcher's findings are held against."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

import msgspec

Nodes = tuple[int, ...]
"""A set of node numbers, ascending."""
Seen = Nodes | Literal["unreadable", "invalid", "any"] | None
"""What is at a mask's address at one stage.

`unreadable`: the page is not there or not accessible (at the copy: EFAULT). `invalid`: the
kernel's copy ended with EINVAL. `any`: one of `MaskTruth.written`. None: the stage is not
reached for this mask.
"""
Kind = Literal["none", "restore", "race", "blind", "late", "any"]
Severity = Literal["err", "warning", "notice"]


class MaskTruth(msgspec.Struct, frozen=True, kw_only=True):
    """One mask of one call, up to MAX_NUMNODES and maxnode - 1 bits."""

    entry: Seen
    """When the call begins."""
    copy: Seen
    """In the kernel's raw copy."""
    use: Seen
    """What the kernel acts on, narrowed; None when the call ends before that."""
    exit: Seen
    """When the call has ended."""
    kind: Kind = "none"
    """What the mask's looks make of it; `any`: that depends on luck, and may be none."""
    window: str | None = None
    """The two stages between which the deception lies; None without a kind."""
    supervise: Seen = None
    """When a supervisor reads it, before the call begins; None where there is no supervisor."""
    beyond: Literal["none", "zero", "set", "unreadable"] = "none"
    """The words past MAX_NUMNODES as a look at entry finds them; `none`: none are read."""
    written: tuple[Nodes, ...] = ()
    """With `any`: every value that is ever at the address."""


class TextTruth(msgspec.Struct, frozen=True, kw_only=True):
    """One string or socket address of one call, as a finding shows it."""

    entry: str | None
    """As much as a look could read when the call began; None: nothing."""
    use: str | None
    """What the kernel acts on; None when the call ends before that."""
    exit: str | None
    """When the call has ended; None: nobody can look there."""
    kind: Kind = "none"
    window: str | None = None
    """The two stages between which the deception lies; None without a kind."""


class CallTruth(msgspec.Struct, frozen=True, kw_only=True):
    """One call."""

    syscall: str
    repetition: int
    """Which playing of the scenario it belongs to, from 0."""
    error: str | None
    """The name of the error that it ends with (`ESRCH`); None when it succeeds.

    A call that succeeds returns how many pages could not be moved: 0 here, but since Linux 6.7 a
    page that NUMA balancing has on its way just then is counted too, so it is no part of the truth.
    """
    masks: dict[str, MaskTruth]
    """By argument name, in the order in which the kernel copies them."""
    texts: dict[str, TextTruth] = {}
    """The arguments that are strings or socket addresses, in the table's order."""
    maxnode: int
    """The argument; the kernel uses maxnode - 1 bits. 0 where a call has none."""
    caller: Literal["main", "thread", "child"] = "main"
    """Who calls: the process's main thread, another of its threads, or a child process."""
    abi: Literal["native", "compat"] = "native"
    """`compat`: a 32-bit call, by int 0x80."""
    kind: Kind = "none"
    """The strongest kind of its masks."""
    severity: Severity | None = None
    """The least severity that its finding must have; None: no finding."""


class Truth(msgspec.Struct, frozen=True, kw_only=True):
    """All calls of one playing."""

    scenario: str
    times: int
    certain: bool
    """Certain by construction; if not, whether a call is raced is luck."""
    call_count: int
    calls: tuple[CallTruth, ...]
    """In the order in which they begin; calls of one repetition by `thread` in any order."""


PRECEDENCE: tuple[Kind, ...] = ("restore", "race", "blind", "late")
"""Kinds, strongest first."""
SEVERITY: dict[Kind, Severity] = {
    "restore": "err",
    "race": "err",
    "blind": "warning",  # every page that the simulations hide has userfaultfd behind it
    "late": "notice",
}


def call(
    repetition: int,
    error: str | None,
    old_nodes: MaskTruth,
    new_nodes: MaskTruth,
    maxnode: int,
    *,
    caller: Literal["main", "thread", "child"] = "main",
    abi: Literal["native", "compat"] = "native",
) -> CallTruth:
    """Return the truth of a call of migrate_pages."""
    return call_of(
        "migrate_pages",
        repetition,
        error,
        {"old_nodes": old_nodes, "new_nodes": new_nodes},
        maxnode,
        caller=caller,
        abi=abi,
    )


def call_of(
    syscall: str,
    repetition: int,
    error: str | None,
    masks: dict[str, MaskTruth],
    maxnode: int,
    *,
    caller: Literal["main", "thread", "child"] = "main",
    abi: Literal["native", "compat"] = "native",
) -> CallTruth:
    """Return the truth of a call, its kind and severity taken from its masks' kinds."""
    kind = _strongest(mask.kind for mask in masks.values())
    return CallTruth(
        syscall=syscall,
        repetition=repetition,
        error=error,
        masks=masks,
        maxnode=maxnode,
        caller=caller,
        abi=abi,
        kind=kind,
        severity=SEVERITY.get(kind),
    )


def text_call(
    syscall: str,
    repetition: int,
    error: str | None,
    texts: dict[str, TextTruth],
    *,
    caller: Literal["main", "child"] = "main",
) -> CallTruth:
    """Return the truth of a call whose arguments are no masks, likewise."""
    kind = _strongest(text.kind for text in texts.values())
    return CallTruth(
        syscall=syscall,
        repetition=repetition,
        error=error,
        masks={},
        texts=texts,
        maxnode=0,
        caller=caller,
        kind=kind,
        severity=SEVERITY.get(kind),
    )


def used_and_after(
    syscall: str, argument: str, used: str, after: str, times: int
) -> tuple[CallTruth, ...]:
    """Return the truth of calls that succeed, of whose text the kernel uses what the entry has.

    `after`: what is there when they end; another text is `late`.
    """
    late = after != used
    text = TextTruth(
        entry=used,
        use=used,
        exit=after,
        kind="late" if late else "none",
        window="use→exit" if late else None,
    )
    return tuple(text_call(syscall, each, None, {argument: text}) for each in range(times))


def _strongest(kinds: Iterable[Kind]) -> Kind:
    """Return the kind of a call, by those of its arguments."""
    found = set(kinds)
    return next((kind for kind in PRECEDENCE if kind in found), "any" if "any" in found else "none")


def steady(
    nodes: Nodes,
    use: Nodes | None = None,
    beyond: Literal["none", "zero", "set", "unreadable"] = "none",
) -> MaskTruth:
    """Return the truth of a mask that is read whole and never changes; `use` None: no use."""
    return MaskTruth(entry=nodes, copy=nodes, use=use, exit=nodes, beyond=beyond)
