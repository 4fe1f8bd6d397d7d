from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.enrich.backing import (
    STRONGEST,
    Devices,
    Vma,
    backing_of,
    find,
    near,
    parse_vma,
    vmas,
)
from detector.model.process import Backing

SHM = (0, 1)
DEVICES = Devices(
    filesystems={
        (254, 0): "ext4",
        (0, 53): "fuse.sshfs",
        (0, 54): "fuse",
        (0, 55): "fuseblk",
        (0, 56): "fusectl",
        (0, 6): "devtmpfs",
        (0, 24): "tmpfs",
    },
    shared_memory=frozenset({SHM}),
)
SMAPS = b"""\
1000-3000 r--p 00000000 fe:00 260386                     /usr/bin/head
Size:                  8 kB
VmFlags: rd mr mw me sd
3000-5000 rw-p 00000000 00:00 0                          [heap]
Size:                  8 kB
VmFlags: rd wr mr mw me ac sd
6000-7000 rw-p 00000000 00:00 0
Size:                  4 kB
VmFlags: rd wr um mr mw me ac sd
7000-9000 rw-s 00000000 00:35 12                         /mnt/with space\\012newline
Size:                  8 kB
VmFlags: rd wr sh mr mw me ms sd
"""


def look(start: int, end: int, text: bytes = SMAPS) -> Backing:
    span = (start, end)
    return find(near(text.split(b"\n"), [span]), span, DEVICES).backing


@pytest.mark.parametrize(
    ("start", "end", "backing"),
    [
        (0x1000, 0x1008, Backing.FILE),
        (0x3000, 0x3008, Backing.ANONYMOUS),
        (0x6FF8, 0x7000, Backing.USERFAULTFD),
        (0x7000, 0x7008, Backing.FUSE),
        (0x5000, 0x5008, Backing.UNMAPPED),
        (0x10, 0x18, Backing.UNMAPPED),
        (0x9000, 0x9008, Backing.UNMAPPED),
    ],
)
def test_the_mapping_that_holds_the_address_decides(start: int, end: int, backing: Backing) -> None:
    assert look(start, end) is backing


@pytest.mark.parametrize(
    ("start", "end", "backing"),
    [
        (0x2FF8, 0x3008, Backing.FILE),
        (0x4FF8, 0x5008, Backing.UNMAPPED),
        (0x4FF8, 0x6008, Backing.USERFAULTFD),
        (0x6FF8, 0x7008, Backing.USERFAULTFD),
        (0x8FF8, 0x9008, Backing.FUSE),
    ],
)
def test_of_several_mappings_the_one_that_can_hold_a_read_back_is_told(
    start: int, end: int, backing: Backing
) -> None:
    assert look(start, end) is backing


def test_nothing_past_the_mapping_asked_for_is_read() -> None:
    lines = iter(SMAPS.split(b"\n"))
    assert [vma.start for vma in near(lines, [(0x1000, 0x1008), (0x3000, 0x3008)])] == [
        0x1000,
        0x3000,
    ]
    assert next(lines).startswith(b"6000-7000")


def vma(path: str, device: tuple[int, int], *, shared: bool = False, flags: str | None = "") -> Vma:
    known = None if flags is None else frozenset(flags.split())
    return Vma(start=0, end=4096, shared=shared, device=device, path=path, flags=known)


@pytest.mark.parametrize(
    ("mapping", "backing"),
    [
        (vma("", (0, 0)), Backing.ANONYMOUS),
        (vma("[heap]", (0, 0)), Backing.ANONYMOUS),
        (vma("[stack]", (0, 0)), Backing.ANONYMOUS),
        (vma("[anon:malloc]", (0, 0)), Backing.ANONYMOUS),
        (vma("[vvar]", (0, 0)), Backing.UNKNOWN),
        (vma("/memfd:masks (deleted)", SHM, shared=True), Backing.SHARED),
        (vma("/dev/zero (deleted)", SHM, shared=True), Backing.SHARED),
        (vma("/SYSV00000000 (deleted)", SHM, shared=True), Backing.SHARED),
        (vma("/dev/shm/masks", (0, 24), shared=True), Backing.SHARED),
        (vma("/tmp/masks", (0, 24), shared=True), Backing.FILE),
        (vma("/dev/zero", (0, 6)), Backing.ANONYMOUS),
        (vma("/usr/bin/head", (254, 0)), Backing.FILE),
        (vma("/mnt/x", (0, 53)), Backing.FUSE),
        (vma("/mnt/x", (0, 54)), Backing.FUSE),
        (vma("/mnt/x", (0, 55)), Backing.FUSE),
        (vma("/sys/fs/fuse/connections/1", (0, 56)), Backing.FILE),
        (vma("", (0, 0), flags="rd uw"), Backing.USERFAULTFD),
        (vma("/memfd:masks (deleted)", SHM, flags="ui"), Backing.USERFAULTFD),
        (vma("", (0, 0), flags=None), Backing.ANONYMOUS),
    ],
)
def test_a_mapping_is_told_by_its_flags_its_device_and_its_file(
    mapping: Vma, backing: Backing
) -> None:
    assert backing_of(mapping, DEVICES) is backing


@pytest.mark.parametrize("name", ["/memfd:masks (deleted)", "/dev/zero (deleted)", "/dev/shm/x"])
def test_a_file_system_that_is_no_longer_mounted_is_unknown_whatever_its_files_are_called(
    name: str,
) -> None:
    assert backing_of(vma(name, (0, 99)), DEVICES) is Backing.UNKNOWN


def test_maps_has_no_flags_and_says_so() -> None:
    maps = b"1000-3000 r--p 00000000 fe:00 260386 /usr/bin/head\n3000-5000 rw-p 0 00:00 0 [heap]\n"
    span = (0x3000, 0x3008)
    found = find(near(maps.split(b"\n"), [span]), span, DEVICES)
    assert (found.backing, found.flags_seen) == (Backing.ANONYMOUS, False)
    assert find(near(SMAPS.split(b"\n"), [span]), span, DEVICES).flags_seen


PATHS = st.binary(max_size=60).map(lambda raw: b"/" + raw.replace(b"\n", b"\\012"))


@given(PATHS)
def test_no_name_of_a_file_changes_what_its_mapping_is(path: bytes) -> None:
    line = b"1000-3000 rw-p 00000000 00:35 7                          " + path
    found = parse_vma(line)
    assert found is not None
    assert backing_of(found, DEVICES) is Backing.FUSE
    assert look(0x1000, 0x1008, line + b"\nVmFlags: rd wr\n") is Backing.FUSE


@given(st.binary(max_size=400))
def test_bytes_that_are_no_smaps_are_no_mapping_and_no_error(raw: bytes) -> None:
    text = raw.replace(b"-", b"")
    assert list(vmas(iter(text.split(b"\n")))) == []
    assert look(0, 8, text) is Backing.UNMAPPED


@given(
    st.lists(st.tuples(st.integers(0, 3), st.integers(1, 3)), max_size=6),
    st.integers(0, 30),
    st.integers(1, 8),
)
def test_a_range_is_unmapped_exactly_where_a_page_of_it_is_in_no_mapping(
    layout: list[tuple[int, int]], first: int, count: int
) -> None:
    covered: set[int] = set()
    text, page = b"", 1
    for gap, length in layout:
        page += gap
        covered |= set(range(page, page + length))
        text += b"%x-%x rw-p 0 00:00 0 \nVmFlags: rd\n" % (page << 12, (page + length) << 12)
        page += length
    whole = set(range(first, first + count)) <= covered
    expected = Backing.ANONYMOUS if whole else Backing.UNMAPPED
    assert look(first << 12, (first + count) << 12, text) is expected


def test_every_backing_has_its_strength() -> None:
    assert set(STRONGEST) == set(Backing)
