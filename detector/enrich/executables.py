"""The file of a caller's executable, opened only if it is the one that made the call.

A process that has ended has no /proc/PID/exe; its path may still be there, below the root of any
process that shares its mounts.
"""

from __future__ import annotations

import io
import os
import stat
from typing import TYPE_CHECKING

from detector.errors import EnrichmentError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from detector.model.caller import Program

GONE = "its file cannot be opened any more, or another one has its name"
FORBIDDEN = "its file may not be read by the tool (CAP_DAC_READ_SEARCH)"
_FLAGS = os.O_RDONLY | os.O_CLOEXEC | os.O_NOCTTY | os.O_NONBLOCK
"""A FIFO or a device of that name is neither waited for nor taken as a terminal."""


def places(
    path: str | None, alive: int | None, sharing: Iterable[int]
) -> Iterator[tuple[str, int]]:
    """Give where the file may be: a name and the descriptor of the folder that it is below.

    `alive`: the process' own folder in /proc; `sharing`: those of others with the same mounts.
    """
    if alive is not None:
        yield "exe", alive
    if path is not None and path.startswith("/"):
        for folder in sharing:
            yield "root" + path, folder


def open_executable(where: Iterable[tuple[str, int]], program: Program | None) -> io.FileIO:
    """Open the executable; `program`: as the kernel knew it, None where it did not say.

    Raises EnrichmentError. Without the kernel's word the process itself, the first of `where`, is
    the only one that is believed. Opening can be held back by whoever serves the file.
    """
    refused = GONE
    for name, folder in where:
        if program is None and name != "exe":
            continue
        try:
            descriptor = os.open(os.fsencode(name), _FLAGS, dir_fd=folder)
        except PermissionError:
            refused = FORBIDDEN
        except (OSError, ValueError):
            continue  # it is not there, or its name is no path
        else:
            found = os.fstat(descriptor)
            if stat.S_ISREG(found.st_mode) and (program is None or is_of(found, program)):
                return io.FileIO(descriptor)
            os.close(descriptor)
    raise EnrichmentError(refused)


def is_of(found: os.stat_result, program: Program) -> bool:
    """Whether a file is the kernel's. Devices without a driver (major 0) are not compared.

    For overlayfs and btrfs stat(2) gives another one than the kernel keeps.
    """
    device = (os.major(found.st_dev), os.minor(found.st_dev))
    return found.st_ino == program.inode and (program.device[0] == 0 or device == program.device)
