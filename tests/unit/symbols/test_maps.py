from __future__ import annotations

import mmap
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from detector.symbols.maps import Mappings, parse


def test_a_line_of_a_file_is_read() -> None:
    found = parse(b"7f00-8f00 r-xp 00002000 fe:1a 1234                       /usr/lib/a b")
    assert found is not None
    assert (found.start, found.end, found.offset) == (0x7F00, 0x8F00, 0x2000)
    assert (found.device, found.inode, found.path) == ((0xFE, 0x1A), 1234, b"/usr/lib/a b")
    assert (found.executable, found.shared, found.has_file) == (True, False, True)
    assert found.file_offset(0x7F10) == 0x2010


def test_a_name_that_is_not_utf8_is_escaped_and_its_bytes_are_kept() -> None:
    found = parse(b"1000-2000 rw-s 00000000 00:01 7    /dev/shm/\xff\n.so")
    assert found is not None
    assert found.path == b"/dev/shm/\xff\n.so"
    assert found.name == "/dev/shm/\\xff\n.so"
    assert found.shared


def test_an_address_is_looked_up_among_the_own_mappings() -> None:
    with mmap.mmap(-1, mmap.PAGESIZE) as page:
        page[:1] = b"x"
        lines = Path("/proc/self/maps").read_bytes().splitlines()
    shared = [one for one in Mappings(lines).all if one.path == b"/dev/zero (deleted)"]
    assert shared
    assert all(one.shared and one.has_file for one in shared)


def test_between_two_mappings_there_is_nothing() -> None:
    mappings = Mappings([b"3000-4000 rw-p 0 00:00 0", b"1000-2000 rw-p 0 00:00 0", b"nonsense"])
    assert [one.start for one in mappings.all] == [0x1000, 0x3000]
    assert mappings.at(0x0FFF) is None
    assert mappings.at(0x2000) is None
    first, second = mappings.at(0x1FFF), mappings.at(0x3000)
    assert first is not None
    assert second is not None
    assert (first.start, second.start) == (0x1000, 0x3000)
    assert mappings.at(0x4000) is None


@given(st.lists(st.binary(max_size=80)))
def test_any_bytes_are_read_or_passed_over(lines: list[bytes]) -> None:
    assert len(Mappings(lines).all) <= len(lines)
