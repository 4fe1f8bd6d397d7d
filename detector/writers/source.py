"""The line of a writer's source file, where the file may be shown.

Which file that is, the writer's debug information says, and it may say anything: so only a file
that looks like source code, and that everybody may read, is opened.
"""

from __future__ import annotations

import io
import os
import stat
from contextlib import closing
from pathlib import PurePosixPath

SUFFIXES = frozenset({".c", ".cc", ".cpp", ".cxx", ".h", ".hh", ".hpp", ".s", ".rs", ".go", ".zig"})
MOST_BYTES = 1 << 20
"""Of a file that is read; a line past it is not shown."""
LONGEST_LINE = 200
_FLAGS = os.O_RDONLY | os.O_CLOEXEC | os.O_NOCTTY | os.O_NONBLOCK


def source_line(directory: int, file: str, line: int) -> str:
    """Give the line without the space around it; empty: there is none to show.

    `directory` is a descriptor of the process' folder in /proc: the path is the process' own.
    """
    if not file.startswith("/") or PurePosixPath(file).suffix.lower() not in SUFFIXES:
        return ""
    try:
        descriptor = os.open("root" + file, _FLAGS, dir_fd=directory)
    except (OSError, ValueError):
        return ""
    with closing(io.FileIO(descriptor)):
        mode = os.fstat(descriptor).st_mode
        if not stat.S_ISREG(mode) or not mode & stat.S_IROTH:
            return ""
        try:
            text = os.pread(descriptor, MOST_BYTES, 0)
        except OSError:
            return ""
    lines = text.split(b"\n")
    if not 0 < line <= len(lines):
        return ""
    return lines[line - 1].strip()[:LONGEST_LINE].decode("utf-8", "backslashreplace")
