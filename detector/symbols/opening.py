"""The file behind a mapping of a process, opened only if it is still the one that is mapped."""

from __future__ import annotations

import io
import os
import stat
from contextlib import suppress

from detector.errors import SymbolError
from detector.symbols.maps import Mapping

GONE = "its file cannot be opened any more, or another one has its name"
_FLAGS = os.O_RDONLY | os.O_CLOEXEC | os.O_NOCTTY | os.O_NONBLOCK
"""A FIFO or a device of that name is neither waited for nor taken as a terminal."""


def open_mapped(directory: int, mapping: Mapping) -> io.FileIO:
    """Open what `mapping` maps; `directory` is a descriptor of the process' folder in /proc.

    Raises SymbolError. The inode's number is compared and not its device: for a file of overlayfs
    or btrfs the kernel shows another device in maps than stat(2) gives (fs/proc/task_mmu.c).
    """
    for place in _places(mapping):
        with suppress(OSError, ValueError):
            descriptor = os.open(place, _FLAGS, dir_fd=directory)
            found = os.fstat(descriptor)
            if stat.S_ISREG(found.st_mode) and found.st_ino == mapping.inode:
                return io.FileIO(descriptor)
            os.close(descriptor)
    raise SymbolError(GONE)


def _places(mapping: Mapping) -> tuple[bytes, ...]:
    """Give where it may be: its path as the process sees it, the program, its addresses.

    The program is there even when it was deleted; the last takes CAP_CHECKPOINT_RESTORE.
    """
    by_path = (b"root" + mapping.path,) if mapping.path.startswith(b"/") else ()
    return (*by_path, b"exe", f"map_files/{mapping.start:x}-{mapping.end:x}".encode())
