"""A file of lines that never holds half of one."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from types import TracebackType
from typing import Self

from detector.errors import UsageError
from detector.safe_open import REMOVED, is_removed, open_to_write

_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_APPEND


class LineFile:
    """Lines written at once, each whole. After a failed write no more are written.

    A file that was removed takes no more: nobody would ever read what is written there.

    The file is readable by its owner alone: findings name processes and command lines.
    """

    def __init__(self, path: Path) -> None:
        """Open and empty `path`. Raises UsageError when that cannot be done."""
        try:
            self._fd = open_to_write(path, _FLAGS | os.O_TRUNC)
        except OSError as error:
            raise UsageError(f"{path}: cannot be written: {error.strerror}") from None
        self.path = path
        self.failure: str | None = None
        """Why it is not written any more; None while it is."""
        self.unwritten = 0
        """Lines that did not get in."""

    def write(self, line: str) -> bool:
        """Append one line; False when it (or one before it) found no room."""
        if self.still_there():
            data = line.encode() + b"\n"
            written = 0
            try:
                while written < len(data):
                    written += os.write(self._fd, data[written:])
            except OSError as error:
                self.failure = error.strerror or str(error)
                self._cut(written)
        if self.failure is not None:
            self.unwritten += 1
        return self.failure is None

    def still_there(self) -> bool:
        """Whether the next line can get in, as far as is known."""
        if self.failure is None and is_removed(self._fd):
            self.failure = REMOVED
        return self.failure is None

    def reopen(self) -> str | None:
        """Go on in the file that `path` names now, after what is in it; give what failed, or None.

        For log rotation: the file may have been renamed or removed meanwhile. Where the new one
        cannot be opened, the old one is written on. A file that could take no more is tried anew.
        """
        try:
            new = open_to_write(self.path, _FLAGS)
        except OSError as error:
            return error.strerror or str(error)
        old, self._fd = self._fd, new
        os.close(old)
        self.failure = None
        return None

    def _cut(self, written: int) -> None:
        """Take the beginning of a line back."""
        if not written:
            return
        try:
            end = os.lseek(self._fd, -written, os.SEEK_CUR)
            os.ftruncate(self._fd, end)
        except OSError as error:
            if error.errno not in {errno.ESPIPE, errno.EINVAL}:  # a pipe cannot be cut
                raise

    def __enter__(self) -> Self:
        """Guard the descriptor."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close it."""
        os.close(self._fd)
