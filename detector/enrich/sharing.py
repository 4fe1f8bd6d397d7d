"""Folders in /proc of processes that have the caller's mounts: where its files can be opened."""

from __future__ import annotations

from contextlib import suppress
from itertools import islice
from typing import TYPE_CHECKING

from detector.enrich.namespaces import INITIAL_PID_INODE
from detector.enrich.procfs import NS_PER_TICK, ProcessDirectory
from detector.errors import EnrichmentError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import ExitStack

    from detector.enrich.namespaces import Namespaces
    from detector.enrich.sighting import Sighting

MOST = 2
"""Folders that are looked into; they show the same files."""


def sharing(seen: Sighting, own: Namespaces, stack: ExitStack) -> tuple[ProcessDirectory, ...]:
    """Open the caller's own folder while it lives, else those of others; `stack` closes them."""
    return tuple(islice(_sharing(seen, own, stack), MOST))


def _sharing(seen: Sighting, own: Namespaces, stack: ExitStack) -> Iterator[ProcessDirectory]:
    if seen.directory is not None:
        yield seen.directory
    caller = seen.call.caller
    mounts = None if caller is None else caller.namespaces.get("mnt")
    if caller is None or mounts is None:
        return
    if own.mounts == mounts and own.number is not None:
        with suppress(EnrichmentError):
            yield stack.enter_context(ProcessDirectory(seen.root, own.number))
    if own.shown_pid != INITIAL_PID_INODE:
        return  # the kernel's numbers are not those of /proc
    for one in caller.ancestors:
        with suppress(EnrichmentError):
            directory = stack.enter_context(ProcessDirectory(seen.root, one.tgid))
            same = directory.stat().start_ticks == (one.start_ns or 0) // NS_PER_TICK
            if same and directory.inode("ns/mnt") == mounts:
                yield directory
