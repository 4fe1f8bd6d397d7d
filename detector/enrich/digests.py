"""SHA-256 of executables within a bound; what was begun is finished for the next time."""

from __future__ import annotations

import hashlib
import os
import threading
from collections import OrderedDict
from typing import TYPE_CHECKING

from detector.errors import EnrichmentError

if TYPE_CHECKING:
    import io

    from detector.enrich.bounded import BoundedReader

MOST_BYTES = 1 << 30
"""A larger file is not hashed."""
MOST = 4096
"""Digests that are kept; the oldest goes first."""
_CHUNK = 1 << 20

SLOW = "not hashed in time"
LARGE = "the file is too large to be hashed"
CHANGED = "the file was changed while it was hashed"

_Version = tuple[int, int, int, int, int]
"""Device, inode, size, and the times of the last changes of content and of inode, ns: the latter
cannot be set back by its owner."""


class Digests:
    """Digests by the version of a file, from threads that may be left behind."""

    def __init__(self, reader: BoundedReader) -> None:
        """Hash on `reader`'s threads."""
        self._reader = reader
        self._known: OrderedDict[_Version, str] = OrderedDict()
        self._begun: set[_Version] = set()
        self._lock = threading.Lock()

    def sha256(self, file: io.FileIO, seconds: float) -> str:
        """Give a file's digest within `seconds`, and close it. Raises EnrichmentError."""
        version = _version(file)
        with self._lock:
            known = self._known.get(version)
            begun = version in self._begun
        if known is not None or begun or version[2] > MOST_BYTES or seconds <= 0:
            file.close()
        if known is not None:
            return known
        if version[2] > MOST_BYTES:
            raise EnrichmentError(LARGE)
        if begun or seconds <= 0:
            raise EnrichmentError(SLOW)
        with self._lock:
            self._begun.add(version)
        try:
            digest = self._reader.read(file, self._hash, seconds, held=SLOW)
        except OSError as error:
            message = f"the file could not be read: {error.strerror or error}"
            raise EnrichmentError(message) from error
        if digest is None:
            raise EnrichmentError(CHANGED)
        return digest

    def _hash(self, file: io.FileIO) -> str | None:
        """Hash a file and keep the digest; None where it changed meanwhile."""
        before = _version(file)
        try:
            whole = hashlib.sha256()
            left = MOST_BYTES
            while left > 0 and (chunk := file.read(min(_CHUNK, left))):
                whole.update(chunk)
                left -= len(chunk)
            if _version(file) != before:
                return None
        finally:
            with self._lock:
                self._begun.discard(before)
        with self._lock:
            self._known[before] = whole.hexdigest()
            if len(self._known) > MOST:
                self._known.popitem(last=False)
        return whole.hexdigest()


def _version(file: io.FileIO) -> _Version:
    found = os.fstat(file.fileno())
    return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, found.st_ctime_ns
