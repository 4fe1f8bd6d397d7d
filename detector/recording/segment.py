"""One file of a recording, appended to block by block."""

from __future__ import annotations

import errno
import os
import time

from detector.recording.block import make_block, preamble
from detector.recording.folder import CaseFolder
from detector.recording.names import SegmentName
from detector.safe_open import REMOVED, is_removed

SYNC_S = 1.0
"""How often at most the disk is waited for."""


class Segment:
    """Every block is in it whole, or not at all (unless the tool is killed in the middle)."""

    def __init__(self, folder: CaseFolder, name: SegmentName) -> None:
        """Make the file, with its first mark. Raises OSError."""
        self.name = name
        self.opened_s = self._synced_s = time.monotonic()
        self.size = 0
        self.blocks = 0
        self._fd = folder.create(str(name))
        try:
            self._append(preamble())
        except OSError:
            os.close(self._fd)
            raise

    def write(self, payload: bytes, number: int, previous: bytes) -> bytes:
        """Append one block; give its hash. Raises OSError, and then nothing of it is there."""
        data, digest = make_block(payload, number, previous)
        self._append(data)
        self.blocks += 1
        if time.monotonic() - self._synced_s >= SYNC_S:
            self.sync()
        return digest

    def sync(self) -> None:
        """Wait until what was written would outlive the machine. Raises OSError."""
        os.fdatasync(self._fd)
        self._synced_s = time.monotonic()

    def close(self) -> None:
        """Close the file, synced; a second time does nothing. Raises OSError."""
        if self._fd < 0:
            return
        try:
            self.sync()
        finally:
            descriptor, self._fd = self._fd, -1
            os.close(descriptor)

    def check(self) -> None:
        """Raise OSError where the file was removed: nobody would ever read what is written."""
        if is_removed(self._fd):
            raise OSError(errno.ENOENT, REMOVED)

    def _append(self, data: bytes) -> None:
        self.check()
        view = memoryview(data)
        try:
            while view:
                view = view[os.write(self._fd, view) :]
        except OSError:
            os.ftruncate(self._fd, self.size)
            raise
        self.size += len(data)
