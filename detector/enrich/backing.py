r"""What backs a range of user addresses, from the text of /proc/PID/smaps: pure.

Formats: fs/proc/task_mmu.c (show_map_vma, show_smap_vma_flags). The kernel writes a newline in
a file's name as `\012`, so a line is a line; every other byte of a name is the process' choice,
and so is the path, which is why kinds are told by device and flags wherever they can be.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

from detector.enrich.procfs import text
from detector.model.process import Backing

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

Span: TypeAlias = tuple[int, int]
"""Start and end (exclusive) of user addresses."""

UFFD_FLAGS = frozenset({"um", "uw", "ui"})
"""VmFlags: registered with userfaultfd for missing, write-protect or minor faults."""

_HEADER = re.compile(
    rb"([0-9a-f]+)-([0-9a-f]+) ([r-][w-][x-][sp]) [0-9a-f]+ ([0-9a-f]+):([0-9a-f]+) \d+ *(.*)",
    re.DOTALL,
)
_FLAGS = b"VmFlags:"
_NO_DEVICE = (0, 0)
_PRIVATE_ANONYMOUS = ("[heap]", "[stack]", "[anon:")
_ZERO = "/dev/zero"
_SHARED_DIRECTORY = "/dev/shm/"  # noqa: S108 a name to compare with, nothing is written there
_USER_FILE_SYSTEMS = frozenset({"fuse", "fuseblk"})
_MEMORY_FILE_SYSTEMS = frozenset({"tmpfs", "hugetlbfs"})

STRONGEST = (
    Backing.USERFAULTFD,
    Backing.FUSE,
    Backing.UNKNOWN,
    Backing.UNMAPPED,
    Backing.SHARED,
    Backing.FILE,
    Backing.ANONYMOUS,
)
"""Of a range with several mappings the first of these is told: what could hold a read back."""


@dataclass(frozen=True, slots=True)
class Vma:
    """One mapping of a process."""

    start: int
    end: int
    shared: bool
    device: tuple[int, int]
    path: str
    flags: frozenset[str] | None = None
    """VmFlags; None where the kernel or the file (maps) does not show them."""


@dataclass(frozen=True, slots=True)
class Devices:
    """The devices that tell what kind of file a mapping has."""

    filesystems: Mapping[tuple[int, int], str]
    """File system type by device, from mountinfo."""
    shared_memory: frozenset[tuple[int, int]]
    """The kernel's internal mounts behind memfd, System V and shared anonymous memory."""


@dataclass(frozen=True, slots=True)
class Lookup:
    """The answer for one range."""

    backing: Backing
    flags_seen: bool
    """Whether VmFlags were shown for every mapping: else userfaultfd cannot be told."""


def parse_vma(line: bytes) -> Vma | None:
    """Parse a mapping's first line, as in maps and smaps; None for any other line."""
    found = _HEADER.fullmatch(line)
    if found is None:
        return None
    start, end, permissions, major, minor, path = found.groups()
    return Vma(
        start=int(start, 16),
        end=int(end, 16),
        shared=permissions.endswith(b"s"),
        device=(int(major, 16), int(minor, 16)),
        path=text(path),
    )


def vmas(lines: Iterable[bytes]) -> Iterator[Vma]:
    """Give the mappings of smaps or maps in order of address, asking for no line too many."""
    current: Vma | None = None
    for line in lines:
        if current is not None and line.startswith(_FLAGS):
            # the last line of a mapping in smaps: what comes before it need not wait for more
            yield replace(current, flags=frozenset(text(line[len(_FLAGS) :]).split()))
            current = None
            continue
        following = parse_vma(line)
        if following is not None:
            if current is not None:
                yield current
            current = following
    if current is not None:
        yield current


def _file_backing(vma: Vma, fstype: str) -> Backing:
    """Tell what a mapping of a file on a mounted file system is."""
    if fstype.partition(".")[0] in _USER_FILE_SYSTEMS:
        return Backing.FUSE
    if fstype == "devtmpfs" and vma.path == _ZERO and not vma.shared:
        return Backing.ANONYMOUS  # drivers/char/mem.c: mmap_zero
    if fstype in _MEMORY_FILE_SYSTEMS and vma.path.startswith(_SHARED_DIRECTORY):
        return Backing.SHARED
    return Backing.FILE


def backing_of(vma: Vma, devices: Devices) -> Backing:
    """Tell what backs one mapping."""
    if vma.flags is not None and vma.flags & UFFD_FLAGS:
        return Backing.USERFAULTFD
    if vma.device == _NO_DEVICE:
        anonymous = not vma.path or vma.path.startswith(_PRIVATE_ANONYMOUS)
        # what else has no device is the kernel's own: [vdso], [vvar]
        return Backing.ANONYMOUS if anonymous else Backing.UNKNOWN
    if vma.device in devices.shared_memory:
        return Backing.SHARED
    fstype = devices.filesystems.get(vma.device)
    # not mounted: a lazily unmounted file system can be FUSE, whatever its files are called
    return Backing.UNKNOWN if fstype is None else _file_backing(vma, fstype)


def near(lines: Iterable[bytes], spans: Collection[Span]) -> tuple[Vma, ...]:
    """Give the mappings that overlap any of `spans`.

    Reads no further than the first mapping that ends at or after the last of them.
    """
    last = max(end for _, end in spans)
    found = []
    for vma in vmas(lines):
        if any(vma.start < end and start < vma.end for start, end in spans):
            found.append(vma)
        if vma.end >= last:
            break
    return tuple(found)


def find(mappings: Iterable[Vma], span: Span, devices: Devices) -> Lookup:
    """Tell what backs the bytes of `span`, of mappings in order of address: the strongest."""
    start, end = span
    found: set[Backing] = set()
    flags_seen = True
    covered = start
    for vma in mappings:
        if vma.end <= start or vma.start >= end:
            continue
        if vma.start > covered:
            found.add(Backing.UNMAPPED)
        found.add(backing_of(vma, devices))
        flags_seen = flags_seen and vma.flags is not None
        covered = vma.end
    if covered < end:
        found.add(Backing.UNMAPPED)
    return Lookup(min(found, key=STRONGEST.index), flags_seen)
