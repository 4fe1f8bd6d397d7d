"""A file of a case: marks, blocks, the chain. Its records seldom outlive a change of its bytes."""

from __future__ import annotations

import io
from collections.abc import Iterable

from detector.recording.block import HEAD_BYTES, PREAMBLE
from detector.recording.reading import Block, read_blocks
from tests.fuzz.places import RECORDINGS
from tests.fuzz.target import Target


def feed(data: bytes) -> None:
    end = PREAMBLE.size
    for item in read_blocks(io.BytesIO(data), "fuzzed"):
        assert 0 <= item.offset <= len(data)
        if isinstance(item, Block):
            assert item.offset >= end
            end = item.offset + HEAD_BYTES + item.head.stored
        else:
            assert str(item).isprintable(), item


def seeds() -> Iterable[bytes]:
    yield from (path.read_bytes() for path in sorted(RECORDINGS.rglob("*.toctrace")))


TARGET = Target(feed, seeds)
