"""How large a recording may grow, and when a new file is begun."""

from __future__ import annotations

import msgspec

LEAST_BYTES = 4 << 20
"""A bound on disk use that can be held: some files, each with room for some blocks."""
FILES_KEPT = 4
"""Files below the bound on disk use: a file is at most this part of it."""


class Bounds(msgspec.Struct, frozen=True, kw_only=True):
    """The bounds of one recording."""

    rotate_bytes: int = 64 << 20
    """A file that has grown past this is closed, and a new one begun."""
    rotate_s: float = 3600.0
    """A file older than this is closed, and a new one begun."""
    most_bytes: int = 4 << 30
    """All files of the recording: so that it is never passed, the oldest goes, and is counted."""

    @property
    def file_bytes(self) -> int:
        """How large a file may grow."""
        return min(self.rotate_bytes, self.most_bytes // FILES_KEPT)
