r"""What is mapped where in a process, from the lines of /proc/PID/maps: pure.

Format: fs/proc/task_mmu.c (show_map_vma). The kernel writes a newline in a file's name as
`\012`, so a line is a line; every other byte of a name is the process' choice.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable

import msgspec

MOST_MAPPINGS = 65536
"""As many as the kernel lets a process have (vm.max_map_count, 65530); later ones are left out."""

_LINE = re.compile(
    rb"([0-9a-f]{1,16})-([0-9a-f]{1,16}) [r-][w-]([x-])([sp]) ([0-9a-f]{1,16}) "
    rb"([0-9a-f]{1,8}):([0-9a-f]{1,8}) ([0-9]{1,20}) *(.*)",
    re.DOTALL,
)


class Mapping(msgspec.Struct, frozen=True, kw_only=True):
    """One mapping of a process."""

    start: int
    end: int
    """Exclusive."""
    executable: bool
    shared: bool
    offset: int
    """Of `start` in the file, in bytes."""
    device: tuple[int, int]
    """Major and minor; (0, 0) where no file is mapped."""
    inode: int
    """0 where no file is mapped."""
    path: bytes
    """As the kernel shows it: empty, a path, or a word such as `[heap]`."""

    @property
    def has_file(self) -> bool:
        """Whether a file, or shared memory, which the kernel keeps as one, is mapped."""
        return self.inode != 0

    @property
    def name(self) -> str:
        """The path as text: bytes that are not UTF-8 become backslash escapes."""
        return self.path.decode("utf-8", "backslashreplace")

    def file_offset(self, address: int) -> int:
        """Give where in the file the address is."""
        return address - self.start + self.offset


class Mappings:
    """The mappings of one process at one moment."""

    def __init__(self, lines: Iterable[bytes]) -> None:
        """Take the lines of /proc/PID/maps, without their line breaks; others are passed over."""
        self.all: list[Mapping] = []
        for line in lines:
            found = parse(line)
            if found is not None:
                self.all.append(found)
            if len(self.all) >= MOST_MAPPINGS:
                break
        self.all.sort(key=_start)

    def at(self, address: int) -> Mapping | None:
        """Give what is mapped at an address."""
        index = bisect_right(self.all, address, key=_start) - 1
        if index < 0 or address >= self.all[index].end:
            return None
        return self.all[index]


def parse(line: bytes) -> Mapping | None:
    """Read one line; None where it is none."""
    found = _LINE.fullmatch(line)
    if found is None:
        return None
    start, end, executable, shared, offset, major, minor, inode, path = found.groups()
    return Mapping(
        start=int(start, 16),
        end=int(end, 16),
        executable=executable == b"x",
        shared=shared == b"s",
        offset=int(offset, 16),
        device=(int(major, 16), int(minor, 16)),
        inode=int(inode),
        path=path,
    )


def _start(mapping: Mapping) -> int:
    return mapping.start
