"""The files of one recording as one chain of blocks; every place where it does not hold is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from detector.recording.block import ROOT
from detector.recording.case import RecordingPath
from detector.recording.names import SegmentName
from detector.recording.reading import Block, Gap, read_file
from detector.recording.records import Closing, Dropped, Header

ReadSegment = Callable[[SegmentName], Iterator[Block | Gap]]
"""How one file of a recording is read, wherever it is kept."""


class Chain:
    """Reads a recording in order; what was learnt on the way is kept beside it."""

    def __init__(self, recording: RecordingPath, read: ReadSegment | None = None) -> None:
        """Read nothing yet. `read`: how a file of it is read, where it is not in its folder."""
        self._segments = recording.segments
        self._read = read or (lambda name: read_file(recording.folder / str(name)))
        self._doubt = False
        """Whether the last thing read was a gap: what follows cannot be held against it."""
        self.count = 0
        """The number of the last block that was read."""
        self.hash = ROOT
        """The hash of the last block that was read."""
        self.first = 0
        """The number of the first block that is there; 0: there is none."""
        self.dropped = Dropped(segments=0, blocks=0)
        """What the recording says was deleted of it."""
        self.closing: Closing | None = None
        """Its end, if that is its last record."""

    @property
    def begins_late(self) -> bool:
        """Whether its first blocks were deleted, as it says itself."""
        return self.first > 1 and self.dropped.blocks == self.first - 1

    def blocks(self) -> Iterator[Block | Gap]:
        """Give every block that is whole, in order, and every gap before the block it precedes."""
        gap = None
        for name in self._segments:
            opened = False
            for item in self._read(name):
                if isinstance(item, Gap):
                    gap, self._doubt = item, True
                    yield gap
                else:
                    yield from self._placed(name, item, opened=opened)
                opened = True
        last = str(self._segments[-1])
        if self.first > 1 and not self.begins_late:
            first = str(self._segments[0])
            yield Gap(first, 0, f"blocks 1 to {self.first - 1} are not there")
        if self.closing is None and not (gap and gap.cut and gap.file == last):
            yield Gap(last, 0, "it has no end: the tool was killed, or still writes", cut=True)

    def _placed(self, name: SegmentName, block: Block, *, opened: bool) -> Iterator[Block | Gap]:
        """Give a block if it has a place behind what was read; and a gap where it has not."""
        reason = self._misplaced(block) or _unheaded(name, block, opened=opened)
        if reason:
            yield Gap(str(name), block.offset, reason)
        if block.head.number <= self.count:
            return
        self.first = self.first or block.head.number
        self.count, self.hash, self._doubt = block.head.number, block.head.hash, False
        for record in block.records:
            if isinstance(record, Dropped):
                self.dropped = record
            self.closing = record if isinstance(record, Closing) else None
        yield block

    def _misplaced(self, block: Block) -> str:
        """Say why a block has no place behind what was read; empty where it has one."""
        number, count = block.head.number, self.count
        follows = block.head.previous == self.hash
        reasons = {
            f"block {number} stands after the recording's end": self.closing is not None,
            f"block {number} stands after block {count}": number <= count,
            f"blocks {count + 1} to {number - 1} are not there": (
                number > count + 1 and count > 0 and not self._doubt
            ),
            f"block {number} does not follow block {count}, or that one was changed": (
                number == count + 1 and not follows and not self._doubt
            ),
        }
        return next((reason for reason, holds in reasons.items() if holds), "")


def _unheaded(name: SegmentName, block: Block, *, opened: bool) -> str:
    """Say what is wrong with the header of a file, which its first block must be."""
    if opened:
        return ""
    head = block.records[0] if block.records else None
    if not isinstance(head, Header):
        return "the file does not begin with a header"
    if (head.beginning.run, head.segment) != (name.run, name.number):
        return f"the file is number {head.segment} of recording {head.beginning.run!r}, renamed"
    return ""


def first_header(recording: RecordingPath) -> Header | None:
    """Give the first header of a recording that can be read; None: there is none."""
    found = (header_of(recording.run, read_file(path)) for path in recording.paths)
    return next(filter(None, found), None)


def header_of(run: str, items: Iterator[Block | Gap]) -> Header | None:
    """Give the header that a file of that run begins with; None: it cannot be read."""
    block = next(items, None)
    if not isinstance(block, Block) or not block.records:
        return None
    record = block.records[0]
    return record if isinstance(record, Header) and record.beginning.run == run else None
