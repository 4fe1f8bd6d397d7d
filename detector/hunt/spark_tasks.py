"""What Spark's executors do in a hunt: find headers, and judge groups of parts of files.

It runs on machines that have toctrace and pyarrow, and never sees a file: Spark brings the bytes.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator
from itertools import chain, groupby, islice
from operator import itemgetter
from typing import Any

import msgspec
import pyarrow as pa

from detector.errors import RecordingError
from detector.hunt.header_facts import pack
from detector.hunt.judging import judge_group
from detector.hunt.plan import Job, JobFile
from detector.hunt.question import Question, read_question
from detector.hunt.wire import encode_record
from detector.recording.block import HEAD_BYTES, MOST_STORED, PREAMBLE
from detector.recording.chain import header_of
from detector.recording.names import parse_name
from detector.recording.reading import Block, Gap, read_blocks

PART_BYTES = 1 << 20
"""Bytes of a file that come at once."""
FIRST_BYTES = PREAMBLE.size + HEAD_BYTES + MOST_STORED
"""In which a file's first block is, and so its header."""
FACTS = pa.schema([("path", pa.string()), ("length", pa.int64()), ("header", pa.binary())])
"""What is found of a file: its header is null where it cannot be read."""
RECORDS = pa.schema([("record", pa.binary())])
"""What a group comes to, as detector/hunt/wire.py writes it."""
_RECORDS_AT_ONCE = 1024

_encoder = msgspec.msgpack.Encoder()
_decoder: msgspec.msgpack.Decoder[Job] = msgspec.msgpack.Decoder(Job)


def encode_job(job: Job) -> bytes:
    """Write a job for its way to an executor."""
    return _encoder.encode(job)


def find_headers(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Find what each file begins with, out of its path, length and first bytes."""
    for batch in batches:
        for row in batch.to_pylist():
            name = parse_name(row["path"].rpartition("/")[2])
            read = read_blocks(io.BytesIO(row["first"]), str(name))
            header = header_of(name.run, read) if name else None
            packed = pack(header) if header else None
            made = {"path": row["path"], "length": row["length"], "header": packed}
            yield pa.RecordBatch.from_pylist([made], FACTS)


def judging(
    question: Question,
) -> Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """Give what is done with a group, whose parts are taken as they come."""

    def judge(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        parts = _Parts(batches)
        records = judge_group(parts.jobs(), parts.read, read_question(question))
        while some := list(islice(records, _RECORDS_AT_ONCE)):
            yield pa.record_batch([pa.array(map(encode_record, some), pa.binary())], RECORDS)

    return judge


class _Parts:
    """The parts of a group's files, in order, taken for the files that they are of."""

    def __init__(self, batches: Iterator[pa.RecordBatch]) -> None:
        rows = (row for batch in batches for row in batch.to_pylist())
        self._recordings = groupby(_in_order(rows), key=itemgetter("recording"))
        self._files: Iterator[tuple[int, Iterator[dict[str, Any]]]] = iter(())

    def jobs(self) -> Iterator[Job]:
        """Give each recording's job as its turn comes."""
        for _, rows in self._recordings:
            first = next(rows)
            self._files = groupby(chain([first], rows), key=itemgetter("file"))
            yield _decoder.decode(first["job"])

    def read(self, file: JobFile) -> Iterator[Block | Gap]:
        """Read the next file of the recording whose turn it is."""
        place, rows = next(self._files, ("nothing", iter(())))
        if place != file.place:
            raise RecordingError(f"Spark gave {place} where {file.place} was to come")
        stream = io.BufferedReader(_Stream(row["data"] for row in rows), PART_BYTES)
        yield from read_blocks(stream, file.name)


def _in_order(rows: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Hold Spark to the order that it was asked for: out of order, all would seem damaged."""
    before = (-1, -1, -1)
    for row in rows:
        place = (row["recording"], row["order"], row["part"])
        if place <= before:
            raise RecordingError(f"Spark gave part {place} after {before}")
        before = place
        yield row


class _Stream(io.RawIOBase):
    """Bytes that come in parts, as a file."""

    def __init__(self, parts: Iterator[bytes]) -> None:
        self._parts = parts
        self._left = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if not self._left:
            self._left = memoryview(next(self._parts, b""))
        count = min(len(buffer), len(self._left))
        buffer[:count] = self._left[:count]
        self._left = self._left[count:]
        return count
