from __future__ import annotations

import ctypes
import mmap
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from detector.enrich.bounded import BoundedReader
from detector.enrich.procfs import ProcessDirectory
from detector.symbols.maps import Mapping
from detector.writers.sharers import Sharer, read_maps, same_memory, sharers

PROC = Path("/proc")
PATIENT = 60.0


def address_of(page: mmap.mmap) -> int:
    return ctypes.addressof(ctypes.c_char.from_buffer(page))


@contextmanager
def forked(*, remaps: mmap.mmap | None = None) -> Iterator[int]:
    """A child that lives for the block, and is past its beginning when it begins."""
    ready, waiting = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(ready)
        if remaps is not None:
            remaps[0:1] = b"x"
        os.write(waiting, b".")
        os.close(waiting)
        while True:
            time.sleep(PATIENT)
    os.close(waiting)
    os.read(ready, 1)
    os.close(ready)
    try:
        yield child
    finally:
        os.kill(child, 9)
        os.waitpid(child, 0)


def own_mapping(address: int) -> Mapping:
    with ProcessDirectory(PROC, os.getpid()) as directory:
        found = read_maps(directory, BoundedReader()).at(address)
    assert found is not None
    return found


def found(caller: int, mapping: Mapping | None) -> list[Sharer]:
    until = time.monotonic() + PATIENT
    return list(sharers(PROC, caller, mapping, BoundedReader(), until))


def test_a_forked_child_shares_a_shared_mapping_at_the_same_address() -> None:
    with mmap.mmap(-1, mmap.PAGESIZE) as page:
        address = address_of(page)
        with forked() as child:
            # the looking process is never told, so the child's look is asked for its parent's
            (sharer,) = [
                one for one in found(os.getpid(), own_mapping(address)) if one.tgid == child
            ]
    assert sharer.shift == 0
    assert sharer.has(address)
    assert not sharer.has(address + mmap.PAGESIZE)


def test_a_file_is_found_at_the_address_that_another_process_has_it(tmp_path: Path) -> None:
    file = tmp_path / "shared"
    file.write_bytes(bytes(4 * mmap.PAGESIZE))
    with file.open("r+b") as opened:
        second = mmap.mmap(opened.fileno(), mmap.PAGESIZE, offset=mmap.PAGESIZE)
        whole = mmap.mmap(opened.fileno(), 0)
        here, there = own_mapping(address_of(second)), own_mapping(address_of(whole))
        with forked() as child:
            both = [one for one in found(os.getpid(), here) if one.tgid == child]
        moved = {one.shift for one in both}
        del second, whole
    assert moved == {0, there.start + mmap.PAGESIZE - here.start}


def test_private_memory_is_shared_by_nobody_that_was_forked() -> None:
    buffer = mmap.mmap(-1, mmap.PAGESIZE, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    mapping = own_mapping(address_of(buffer))
    with forked() as child:
        assert child not in {one.tgid for one in found(os.getpid(), mapping)}
    del buffer


def test_a_process_has_its_own_memory_and_no_other_ones() -> None:
    with forked() as child:
        assert same_memory(os.getpid(), os.getpid())
        assert not same_memory(os.getpid(), child)


def test_past_its_deadline_the_look_ends_and_says_so() -> None:
    with pytest.raises(TimeoutError):
        list(sharers(PROC, 1, None, BoundedReader(), time.monotonic() - 1))
