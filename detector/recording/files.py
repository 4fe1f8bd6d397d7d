"""The files of one recording while it is written: chained, rotated, bounded."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress

import msgspec

from detector.model.head import Head
from detector.recording.block import HEAD_BYTES, ROOT
from detector.recording.bounds import Bounds
from detector.recording.folder import CaseFolder
from detector.recording.head import OnHead
from detector.recording.names import HEAD_SUFFIX, SIGNATURE_SUFFIX, SUFFIX, SegmentName
from detector.recording.payload import encode, join
from detector.recording.records import Dropped, Header
from detector.recording.segment import Segment

_SEAL_BYTES = 4096
"""What is kept beside a file to seal it, at most: a head, and a signature by a key of any kind."""
_DROPPED_BYTES = 64
"""What says that files were deleted, at most."""


class _Closed(msgspec.Struct, frozen=True):
    name: SegmentName
    size: int
    """Bytes, with what seals it."""
    blocks: int


class RecordingFiles:
    """Takes blocks of encoded records. Every file begins with a header of its own."""

    def __init__(
        self,
        folder: CaseFolder,
        run: str,
        bounds: Bounds,
        header: Callable[[int], Header],
        on_head: OnHead,
    ) -> None:
        """Begin the first file. Raises OSError.

        `header` makes the first record of the file of that number; `on_head` is told the head
        at each rotation and at the end (then with True).
        """
        self._folder = folder
        self._run = run
        self._bounds = bounds
        self._header = header
        self._on_head = on_head
        self._count = 0
        self._hash = ROOT
        self._given = 0
        self._closed: deque[_Closed] = deque()
        self._dropped = Dropped(segments=0, blocks=0)
        self._segment = self._open(1)

    @property
    def head(self) -> Head:
        """The hash that stands for all that was written so far."""
        return Head(self._run, self._count, self._hash)

    def write(self, records: list[bytes]) -> None:
        """Append a block, in a new file where the bounds say so. Raises OSError."""
        self.rotate_if_due()
        more = HEAD_BYTES + sum(map(len, records)) + _DROPPED_BYTES
        self._write([*self._make_room(more), *records])

    def check(self) -> None:
        """Raise OSError where what was written is not there any more."""
        self._segment.check()

    def rotate_if_due(self) -> None:
        """Begin a new file where this one is too large or too old. Raises OSError."""
        age = time.monotonic() - self._segment.opened_s
        if self._segment.size < self._bounds.file_bytes and age < self._bounds.rotate_s:
            return
        if self._segment.blocks > 1:  # a header alone is not worth a file
            self._close(last=False)
            self._segment = self._open(self._segment.name.number + 1)

    def finish(self) -> None:
        """Close the last file. Raises OSError."""
        self._close(last=True)

    def abandon(self) -> None:
        """Close the last file after an error, as it is; what is in it has its head all the same."""
        with suppress(OSError):
            self._segment.close()
        if self._count > self._given:
            self._give_head(last=True)

    def _open(self, number: int) -> Segment:
        segment = Segment(self._folder, SegmentName(self._run, number))
        self._folder.sync()
        self._segment = segment
        self._write([encode(self._header(number))])
        return segment

    def _write(self, records: list[bytes]) -> None:
        self._hash = self._segment.write(join(records), self._count + 1, self._hash)
        self._count += 1

    def _close(self, *, last: bool) -> None:
        segment = self._segment
        segment.close()
        self._closed.append(_Closed(segment.name, segment.size + _SEAL_BYTES, segment.blocks))
        self._give_head(last=last)

    def _give_head(self, *, last: bool) -> None:
        self._given = self._count
        self._on_head(head=self.head, name=self._segment.name, last=last)

    def _make_room(self, more: int) -> list[bytes]:
        """Delete the oldest files of this recording until so many bytes fit; give what says so."""
        used = more + self._segment.size + sum(closed.size for closed in self._closed)
        before = self._dropped
        while used > self._bounds.most_bytes and self._closed:
            oldest = self._closed.popleft()
            for suffix in (SUFFIX, HEAD_SUFFIX, SIGNATURE_SUFFIX):
                self._folder.remove(f"{oldest.name.stem}{suffix}")
            used -= oldest.size
            self._dropped = Dropped(
                segments=self._dropped.segments + 1, blocks=self._dropped.blocks + oldest.blocks
            )
        return [encode(self._dropped)] if self._dropped != before else []

    @property
    def dropped(self) -> Dropped:
        """What was deleted so far."""
        return self._dropped
