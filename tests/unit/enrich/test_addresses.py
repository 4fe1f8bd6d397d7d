from __future__ import annotations

import ctypes
import io
import mmap
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from detector.enrich.addresses import lines_until, look_up, shared_memory_devices
from detector.enrich.backing import Lookup
from detector.enrich.bounded import BoundedReader
from detector.enrich.procfs import ProcessDirectory
from detector.errors import EnrichmentError, SimulationError
from detector.model.process import Backing
from detector.simulate.faultfd import FaultFd
from detector.simulate.pages import PAGE, Region
from tests.unit.enrich.fake_proc import add_process

SECONDS = 10.0
SPANS = {"old_nodes": (0x1000, 0x1008), "new_nodes": (0x9000, 0x9008)}


def backing(address: int, length: int = 8) -> Backing:
    with ProcessDirectory(Path("/proc"), os.getpid()) as directory:
        spans = {"old_nodes": (address, address + length)}
        found = look_up(directory, BoundedReader(), spans, shared_memory_devices(), SECONDS)
        return found["old_nodes"].backing


def address_of(memory: mmap.mmap) -> int:
    return ctypes.addressof(ctypes.c_char.from_buffer(memory))


@pytest.fixture
def faults() -> Iterator[FaultFd]:
    try:
        opened = FaultFd()
    except SimulationError as error:
        pytest.skip(str(error))
    yield opened
    opened.close()


def test_a_page_registered_with_userfaultfd_is_told_even_at_the_end_of_a_span(
    faults: FaultFd,
) -> None:
    with Region(2) as region:
        assert backing(region.page(0), 2 * PAGE) is Backing.ANONYMOUS
        faults.register(region.page(1))
        assert backing(region.page(0)) is Backing.ANONYMOUS
        assert backing(region.page(1)) is Backing.USERFAULTFD
        assert backing(region.page(1) - 4, 8) is Backing.USERFAULTFD


@pytest.mark.parametrize("shared", [mmap.MAP_SHARED, mmap.MAP_PRIVATE])
def test_a_file_on_a_mounted_file_system_is_a_file(tmp_path: Path, shared: int) -> None:
    path = tmp_path / "name\nwith a newline"
    path.write_bytes(bytes(PAGE))
    with path.open("r+b") as file:
        memory = mmap.mmap(file.fileno(), PAGE, shared)
    assert backing(address_of(memory)) is Backing.FILE


def test_shared_memory_of_every_kind_is_told_by_its_device() -> None:
    descriptor = os.memfd_create("masks")
    os.ftruncate(descriptor, PAGE)
    by_memfd = mmap.mmap(descriptor, PAGE)
    os.close(descriptor)
    anonymous = mmap.mmap(-1, PAGE, mmap.MAP_SHARED | mmap.MAP_ANONYMOUS)
    with tempfile.NamedTemporaryFile(dir="/dev/shm") as file:
        file.truncate(PAGE)
        by_name = mmap.mmap(file.fileno(), PAGE)
    for memory in (by_memfd, anonymous, by_name):
        assert backing(address_of(memory)) is Backing.SHARED


def test_an_address_that_was_unmapped_is_unmapped() -> None:
    with Region(1) as region:
        address = region.page(0)
    assert backing(address) is Backing.UNMAPPED


def test_a_kernel_without_smaps_is_asked_by_maps(tmp_path: Path) -> None:
    folder = add_process(tmp_path, 7)
    (folder / "task/7/maps").write_bytes(b"1000-2000 rw-p 0 00:00 0 \n")
    with ProcessDirectory(tmp_path, 7) as directory:
        found = look_up(directory, BoundedReader(), SPANS, frozenset(), SECONDS)
    assert found == {
        "old_nodes": Lookup(Backing.ANONYMOUS, flags_seen=False),
        "new_nodes": Lookup(Backing.UNMAPPED, flags_seen=True),
    }


def test_a_process_without_memory_is_a_reason(tmp_path: Path) -> None:
    add_process(tmp_path, 7, smaps=b"")
    with (
        ProcessDirectory(tmp_path, 7) as directory,
        pytest.raises(EnrichmentError, match="memory was gone"),
    ):
        look_up(directory, BoundedReader(), SPANS, frozenset(), SECONDS)


def test_reading_stops_at_the_deadline_between_two_pages(tmp_path: Path) -> None:
    path = tmp_path / "long"
    path.write_bytes(b"line\n" * 4096)
    with io.FileIO(path) as file, pytest.raises(TimeoutError):
        list(lines_until(file, time.monotonic() - 1))


def test_lines_come_whole_over_the_ends_of_chunks(tmp_path: Path) -> None:
    path = tmp_path / "long"
    lines = [b"%d" % number for number in range(5000)]
    path.write_bytes(b"\n".join(lines))
    with io.FileIO(path) as file:
        assert list(lines_until(file, time.monotonic() + SECONDS)) == lines
