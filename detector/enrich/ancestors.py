"""The processes that a caller is descended from, up to init."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from detector.enrich.procfs import NS_PER_TICK, ProcessDirectory
from detector.errors import EnrichmentError
from detector.model.caller import Ancestor

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from detector.enrich.processes import Life

MOST = 32
"""Ancestors that are looked up where the kernel did not tell them."""


def with_executables(
    told: tuple[Ancestor, ...],
    began_ns: int,
    find: Callable[[int, int], Life | None],
    root: Path | None,
) -> tuple[Ancestor, ...]:
    """Add to each ancestor what it ran when the call began.

    `find`: gives a leader's life by number and start time; `root`: /proc where its numbers are
    the kernel's, else None.
    """
    return tuple(
        msgspec.structs.replace(one, executable=_executable(one, began_ns, find, root))
        for one in told
    )


def _executable(
    one: Ancestor, began_ns: int, find: Callable[[int, int], Life | None], root: Path | None
) -> str | None:
    if one.start_ns is None:
        return None
    life = find(one.tgid, one.start_ns)
    image = None if life is None else life.image_at(began_ns)
    if image is not None:
        return image.executable
    if root is None:
        return None
    try:
        with ProcessDirectory(root, one.tgid) as directory:
            same = directory.stat().start_ticks == one.start_ns // NS_PER_TICK
            return directory.executable() if same else None
    except EnrichmentError:
        return None


def up_from(tgid: int, root: Path) -> tuple[tuple[Ancestor, ...], bool]:
    """Give `tgid` and its ancestors as /proc shows them now, and whether they lead up to init.

    One that is gone is the last, and has its number alone.
    """
    found: list[Ancestor] = []
    while tgid and len(found) < MOST:
        try:
            with ProcessDirectory(root, tgid) as directory:
                stat = directory.stat()
                found.append(
                    Ancestor(
                        tgid=tgid,
                        comm=stat.comm,
                        start_ns=stat.start_ticks * NS_PER_TICK,
                        executable=_readable(directory),
                    )
                )
        except EnrichmentError:
            return (*found, Ancestor(tgid=tgid)), False
        tgid = stat.parent_tgid
    return tuple(found), not tgid


def _readable(directory: ProcessDirectory) -> str | None:
    """Give what a process runs; None for a kernel thread, and where it may not be read."""
    try:
        return directory.executable()
    except EnrichmentError:
        return None
