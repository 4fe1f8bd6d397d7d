"""What backs an address of a live process: the thin reader under `backing`."""

from __future__ import annotations

import os
import time
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING

from detector.enrich.backing import Devices, Lookup, Span, Vma, find, near
from detector.enrich.mounts import parse_mountinfo
from detector.enrich.procfs import reason
from detector.errors import EnrichmentError

if TYPE_CHECKING:
    import io
    from collections.abc import Collection, Iterator, Mapping

    from detector.enrich.bounded import BoundedReader
    from detector.enrich.procfs import ProcessDirectory

CHUNK_BYTES = 4096
"""One page: the kernel walks the page tables of no more mappings than fill it."""
MOUNTINFO_BYTES = 1 << 20
"""More mounts than fit here are not looked at: their files' backing is then unknown."""

EMPTY = "the process' memory was gone before it could be looked at"
SLOW = "its mappings are too many to look through in time"


def shared_memory_devices() -> frozenset[tuple[int, int]]:
    """Ask the kernel for the device of its internal tmpfs mount, by a memfd (mm/shmem.c)."""
    try:
        descriptor = os.memfd_create("toctrace", os.MFD_CLOEXEC)
    except OSError:
        return frozenset()
    try:
        device = os.fstat(descriptor).st_dev
    finally:
        os.close(descriptor)
    return frozenset({(os.major(device), os.minor(device))})


def lines_until(file: io.FileIO, deadline: float) -> Iterator[bytes]:
    """Give a file's lines, a page at a time; raise TimeoutError past `deadline` (monotonic s)."""
    rest = b""
    while chunk := file.read(CHUNK_BYTES):
        *complete, rest = (rest + chunk).split(b"\n")
        yield from complete
        if time.monotonic() > deadline:
            raise TimeoutError(SLOW)
    if rest:
        yield rest


def _all_of(file: io.FileIO) -> bytes:
    """Read a file from its beginning, up to the bound."""
    parts = []
    size = 0
    while size < MOUNTINFO_BYTES and (part := file.read(1 << 16)):
        parts.append(part)
        size += len(part)
    return b"".join(parts)


def _near(file: io.FileIO, spans: Collection[Span], deadline: float) -> tuple[Vma, ...] | None:
    """Read the mappings near `spans` in an open smaps or maps; None: there is no memory."""
    lines = lines_until(file, deadline)
    first = next(lines, None)
    return None if first is None else near(chain((first,), lines), spans)


def look_up(
    directory: ProcessDirectory,
    reader: BoundedReader,
    spans: Mapping[str, Span],
    shared_memory: frozenset[tuple[int, int]],
    seconds: float,
) -> dict[str, Lookup]:
    """Tell what backs each of `spans`, of which there is one at least, within `seconds`.

    One pass serves all: the kernel walks the page tables below an address for every look.
    Raises EnrichmentError with the reason where it cannot be had.
    """
    deadline = time.monotonic() + seconds
    try:
        mounts = parse_mountinfo(
            reader.read(directory.open_memory_file("mountinfo"), _all_of, seconds)
        )
        try:
            file = directory.open_memory_file("smaps")
        except FileNotFoundError:  # a kernel without CONFIG_PROC_PAGE_MONITOR
            file = directory.open_memory_file("maps")
        work = partial(_near, spans=tuple(spans.values()), deadline=deadline)
        found = reader.read(file, work, deadline - time.monotonic())
    except TimeoutError:
        raise EnrichmentError(SLOW) from None
    except OSError as error:
        raise EnrichmentError(reason(error)) from error
    if found is None:
        raise EnrichmentError(EMPTY)
    devices = Devices({mount.device: mount.fstype for mount in mounts}, shared_memory)
    return {name: find(found, span, devices) for name, span in spans.items()}
