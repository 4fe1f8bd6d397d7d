"""A file of JSON Lines that logrotate may take away at any time, and standard output."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path

from detector.errors import SinkError
from detector.safe_open import open_to_write

_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NONBLOCK
"""O_NONBLOCK: a pipe without a reader is an error, and no wait without end."""


class Lines:
    """A file that is added to, each line whole; opened anew when another is in its place."""

    window_s = 0.0

    def __init__(self, path: str) -> None:
        """`path`: the file's; it is made where it is not there, readable by its owner alone."""
        self._path = path
        self._fd: int | None = None

    def open(self) -> None:
        """Open; a last line that a crash left without its end is ended."""
        self.close(0)
        try:
            self._fd = open_to_write(Path(self._path), _FLAGS)
            if os.fstat(self._fd).st_size and not _ends_a_line(self._fd):
                os.write(self._fd, b"\n")
        except OSError as error:
            self.close(0)
            raise SinkError(error.strerror or str(error)) from None

    def send(self, payload: bytes) -> None:
        """Add one line; what found no room is taken back."""
        self.check()
        if self._fd is None:
            raise SinkError("is not open")
        data, written = payload + b"\n", 0
        start = os.fstat(self._fd).st_size
        try:
            while written < len(data):
                written += os.write(self._fd, data[written:])
        except OSError as error:
            if written:
                with suppress(OSError):  # a pipe cannot be cut
                    os.ftruncate(self._fd, start)
            raise SinkError(error.strerror or str(error)) from None

    def check(self) -> None:
        """Open anew where the path is another file by now, or none."""
        if self._fd is None:
            return
        mine = os.fstat(self._fd)
        try:
            there = Path(self._path).stat()
        except OSError:
            self.open()
            return
        if (there.st_dev, there.st_ino) != (mine.st_dev, mine.st_ino):
            self.open()

    def taken(self) -> bool:
        """What was written is the kernel's."""
        return True

    def close(self, wait_s: float) -> bool:
        """Close."""
        del wait_s
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None
        return True


def _ends_a_line(file_open: int) -> bool:
    """Look at the last byte of a file that is open to be written alone: that very file."""
    with Path(f"/proc/self/fd/{file_open}").open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read() == b"\n"


class StandardOutput:
    """Standard output: whoever reads it slowly holds up this sink alone."""

    window_s = 0.0

    def open(self) -> None:
        """Nothing to do: it is open."""

    def send(self, payload: bytes) -> None:
        """Write one line."""
        data = payload + b"\n"
        try:
            while data:
                data = data[os.write(sys.stdout.fileno(), data) :]
        except OSError as error:
            raise SinkError(error.strerror or str(error)) from None

    def check(self) -> None:
        """Nothing to notice."""

    def taken(self) -> bool:
        """What was written is the reader's."""
        return True

    def close(self, wait_s: float) -> bool:
        """It is not ours to close."""
        del wait_s
        return True
