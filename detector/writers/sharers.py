"""Which other processes can store to a word: those that share its page, or the whole memory.

A page of a shared mapping (a file, memfd, System V, or MAP_SHARED|MAP_ANONYMOUS across fork) has
the same device, inode and offset in every process' maps, at an address of each one's own. A
process made by clone(CLONE_VM) has the whole address space; kcmp(2) tells.
"""

from __future__ import annotations

import io
import os
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import msgspec

from detector.enrich.addresses import lines_until
from detector.enrich.bounded import BoundedReader
from detector.enrich.procfs import ProcessDirectory
from detector.errors import EnrichmentError
from detector.raw_syscall import raw_syscall
from detector.symbols.maps import Mapping, Mappings

NR_KCMP = 312
"""arch/x86/entry/syscalls/syscall_64.tbl"""
KCMP_VM = 1
"""include/uapi/linux/kcmp.h"""

MAPS_S = 0.5
"""How long one process' maps may take, in seconds."""


class Sharer(msgspec.Struct, frozen=True):
    """A process that has memory of the caller's."""

    tgid: int
    shift: int = 0
    """What to add to the caller's addresses."""
    start: int = 0
    end: int = 1 << 64
    """What of its own addresses that is, the end excluded; the whole address space by default."""

    def has(self, address: int) -> bool:
        """Whether it has what is at the caller's `address`."""
        return self.start <= address + self.shift < self.end


def read_maps(directory: ProcessDirectory, reader: BoundedReader) -> Mappings:
    """Read what a process has mapped. Raises EnrichmentError where that cannot be had in time."""
    try:
        file = directory.open_memory_file("maps")
        return reader.read(file, partial(_mappings, deadline=time.monotonic() + MAPS_S), MAPS_S)
    except OSError as error:
        raise EnrichmentError(f"its maps could not be read: {error.strerror or error}") from None


def sharers(
    root: Path, caller: int, mapping: Mapping | None, reader: BoundedReader, deadline: float
) -> Iterator[Sharer]:
    """Give the processes that share the caller's memory, or `mapping`, the nearest pids first.

    `mapping`: what holds the word in the caller; None: not known. Raises TimeoutError past
    `deadline` (time.monotonic(), s).
    """
    shared = mapping if mapping is not None and mapping.shared and mapping.has_file else None
    for tgid in sorted(_processes(root) - {caller, os.getpid()}, key=lambda pid: abs(pid - caller)):
        if time.monotonic() > deadline:
            raise TimeoutError
        if same_memory(caller, tgid):
            yield Sharer(tgid)
        elif shared is not None:
            yield from _shift(root, tgid, shared, reader)


def same_memory(one: int, other: int) -> bool:
    """Whether two processes have one address space; not where it may not be asked."""
    return raw_syscall(NR_KCMP, one, other, KCMP_VM, 0, 0) == 0


def _shift(root: Path, tgid: int, shared: Mapping, reader: BoundedReader) -> Iterator[Sharer]:
    try:
        with ProcessDirectory(root, tgid) as directory:
            mappings = read_maps(directory, reader)
    except EnrichmentError:
        return  # ended meanwhile, or a kernel thread
    for one in mappings.all:
        if one.shared and (one.device, one.inode) == (shared.device, shared.inode):
            shift = (one.start - one.offset) - (shared.start - shared.offset)
            yield Sharer(tgid, shift, one.start, one.end)


def _processes(root: Path) -> set[int]:
    try:
        return {int(name) for name in os.listdir(root) if name.isdecimal()}  # noqa: PTH208 names
    except OSError:
        return set()


def _mappings(file: io.FileIO, deadline: float) -> Mappings:
    return Mappings(lines_until(file, deadline))
