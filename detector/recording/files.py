"""The files of one recording while it is written: chained, rotated, bounded."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress

import msgspec

from detector.recording.block import ROOT
from detector.recording.bounds import Bounds
from detector.recording.folder import CaseFolder
from detector.recording.head import Head, OnHead
from detector.recording.names import HEAD_SUFFIX, SIGNATURE_SUFFIX, SUFFIX, SegmentName
from detector.recording.payload import encode, join
from detector.recording.records import Dropped, Header
from detector.recording.segment import Segment


class _Closed(msgspec.Struct, frozen=True):
    name: SegmentName
    size: int
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
        self._write(records)
        self._hold_bound()

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
        """Close the last file after an error, as it is."""
        with suppress(OSError):
            self._segment.close()

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
        self._closed.append(_Closed(segment.name, segment.size, segment.blocks))
        self._on_head(head=self.head, name=segment.name, last=last)

    def _hold_bound(self) -> None:
        """Delete the oldest files of this recording while it is too large, and say so in it."""
        used = self._segment.size + sum(closed.size for closed in self._closed)
        before = self._dropped
        while used > self._bounds.most_bytes and self._closed:
            oldest = self._closed.popleft()
            for suffix in (SUFFIX, HEAD_SUFFIX, SIGNATURE_SUFFIX):
                self._folder.remove(f"{oldest.name.stem}{suffix}")
            used -= oldest.size
            self._dropped = Dropped(
                segments=self._dropped.segments + 1, blocks=self._dropped.blocks + oldest.blocks
            )
        if self._dropped != before:
            self._write([encode(self._dropped)])

    @property
    def dropped(self) -> Dropped:
        """What was deleted so far."""
        return self._dropped
