"""Bounded reading of a file that may be anything, and may change while it is read."""

from __future__ import annotations

import io
import os
import time

from detector.errors import SymbolError

MOST_BYTES = 64 << 20
"""Of one table or section; a larger one is not read."""


class Limit:
    """The moment past which nothing more is read or computed."""

    def __init__(self, seconds: float) -> None:
        """Begin to count."""
        self._until = time.monotonic() + seconds

    @property
    def left(self) -> float:
        """Seconds that are left; negative past it."""
        return self._until - time.monotonic()

    def check(self) -> None:
        """Raise SymbolError when the time is over."""
        if self.left < 0:
            raise SymbolError("its symbols could not be read in time")


class BoundedFile:
    """A file's bytes, by position; what is not there is a SymbolError."""

    def __init__(self, file: io.FileIO, limit: Limit) -> None:
        """Read from `file`, which stays the caller's to close."""
        self._file = file
        self.limit = limit

    def read(self, offset: int, size: int) -> bytes:
        """Give exactly `size` bytes. Raises SymbolError where they are not there, or too many."""
        found = self.read_up_to(offset, size)
        if len(found) != size:
            raise SymbolError("its file ends before what its headers promise")
        return found

    def read_up_to(self, offset: int, size: int) -> bytes:
        """Give at most `size` bytes, fewer at the file's end."""
        self.limit.check()
        if size > MOST_BYTES:
            raise SymbolError(f"a table of it has {size:,} bytes: more than are read")
        try:
            return os.pread(self._file.fileno(), size, offset)
        except (OSError, OverflowError) as error:
            raise SymbolError(f"its file cannot be read: {error}") from None
