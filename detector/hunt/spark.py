"""The Spark engine: recordings in any store that Spark reads, judged on its executors.

Two passes over the files, both read by Spark (`binaryFile`): their headers, out of which the plan is
made here; then their bytes in parts, sorted, a group for each host and boot. A group is streamed
to the same function that the local engine calls, so neither a file nor a group is ever held whole
by Python. This module alone imports PySpark.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import chain, groupby, islice
from operator import itemgetter
from typing import Any

import msgspec
import pyarrow as pa
from py4j.protocol import Py4JJavaError
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as sql
from pyspark.storagelevel import StorageLevel

from detector.errors import RecordingError, UsageError
from detector.hunt.judging import Record, judge_group
from detector.hunt.plan import (
    FileFacts,
    Job,
    Plan,
    make_plan,
    packed_header,
    unpacked_header,
)
from detector.hunt.question import Question, read_question
from detector.hunt.wire import decode_record, encode_record
from detector.recording.block import HEAD_BYTES, MOST_STORED, PREAMBLE
from detector.recording.chain import ReadSegment, header_of
from detector.recording.names import SUFFIX, SegmentName, parse_name
from detector.recording.reading import Block, Gap, read_blocks

LOCAL = "local"
"""What a master is called that is this machine alone."""
PART_BYTES = 1 << 20
"""Bytes of a file that go to Python at once."""
TASKS_A_CORE = 4
"""Into how many tasks the groups are put: few enough to start, many enough to be even."""
_FIRST_BYTES = PREAMBLE.size + HEAD_BYTES + MOST_STORED
"""In which a file's first block is, and so its header."""
_PARTS_AT_ONCE = 8
_RECORDS_AT_ONCE = 1024
_FACTS = pa.schema([("path", pa.string()), ("length", pa.int64()), ("header", pa.binary())])
_PLAN = pa.schema(
    [
        ("path", pa.string()),
        ("host", pa.string()),
        ("boot", pa.string()),
        ("recording", pa.int32()),
        ("number", pa.int64()),
        ("job", pa.binary()),
    ]
)
_RECORDS = pa.schema([("record", pa.binary())])
_ORDER = ("host", "boot", "recording", "number", "part")
_LOCAL_SETTINGS = {
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.ui.enabled": "false",
}
"""Of a master that is this machine alone: nobody else needs to reach it."""

_encoder = msgspec.msgpack.Encoder()
_job_decoder: msgspec.msgpack.Decoder[Job] = msgspec.msgpack.Decoder(Job)


@contextmanager
def spark_engine(master: str, *, progress: bool = False) -> Iterator[SparkEngine]:
    """Begin a session, or take the one that there is; what was begun is ended.

    `master`: as spark-submit takes it. `progress`: let Spark draw its own bars on stderr.
    """
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    theirs = SparkSession.getActiveSession()
    builder = SparkSession.builder.appName("toctrace hunt").master(master)
    builder = builder.config("spark.ui.showConsoleProgress", str(progress).lower())
    for name, value in _LOCAL_SETTINGS.items() if master.startswith(LOCAL) else ():
        builder = builder.config(name, value)
    session = theirs or builder.getOrCreate()
    try:
        yield SparkEngine(session.newSession())
    finally:
        if theirs is None:
            session.stop()


class SparkEngine:
    """Plans a hunt through files of any store, and has them judged."""

    def __init__(self, session: SparkSession) -> None:
        """`session` is this engine's alone: its settings are changed."""
        session.conf.set("spark.sql.execution.arrow.maxRecordsPerBatch", _PARTS_AT_ONCE)
        self._session = session
        self._paths: tuple[str, ...] = ()
        self._called: dict[str, str] = {}
        """By place: what Spark calls the file."""

    def plan(self, paths: Iterable[str]) -> Plan:
        """Look at every file. Raises UsageError where there is none, or Spark cannot read."""
        self._paths = tuple(paths)
        first = sql.substring("content", 1, _FIRST_BYTES).alias("first")
        with _spark_errors():
            found = self._files().select("path", "length", first)
            rows = found.mapInArrow(_headers, _ddl(_FACTS)).collect()
        if not rows:
            raise UsageError(f"{', '.join(self._paths)}: no file there ends in {SUFFIX}")
        self._called = {place_of(row.path): row.path for row in rows}
        return make_plan(_facts(row) for row in rows)

    def judge(self, plan: Plan, question: Question) -> Iterator[Record]:
        """Judge every group; give what was found, in any order. Raises UsageError."""
        yield from plan.set_aside
        with _spark_errors():
            judged = (
                self._parts(plan)
                .groupBy("host", "boot")
                .applyInArrow(_judging(question), _ddl(_RECORDS))
                .persist(StorageLevel.DISK_ONLY)
            )
            judged.count()  # every task at once: the iterator takes one after the other
            for row in judged.toLocalIterator():
                yield decode_record(bytes(row.record))
            judged.unpersist()

    def _files(self) -> DataFrame:
        read = self._session.read.format("binaryFile")
        read = read.option("recursiveFileLookup", "true").option("pathGlobFilter", f"*{SUFFIX}")
        return read.load(list(self._paths))

    def _parts(self, plan: Plan) -> DataFrame:
        """Give every part of every file, those of a group in one place and in order."""
        table = pa.Table.from_pylist(list(_plan_rows(plan, self._called)), _PLAN)
        planned = sql.broadcast(self._session.createDataFrame(table))
        last = f"greatest(0, int((length - 1) div {PART_BYTES}))"
        part = sql.explode(sql.expr(f"sequence(0, {last})")).alias("part")
        data = f"substring(content, part * {PART_BYTES} + 1, {PART_BYTES}) as data"
        cores = self._session.sparkContext.defaultParallelism
        tasks = max(1, min(len(plan.groups), cores * TASKS_A_CORE))
        return (
            self._files()
            .join(planned, "path")
            .select(*planned.columns, "content", part)
            .selectExpr(*planned.columns, "part", data)
            .repartition(tasks, "host", "boot")
            .sortWithinPartitions(*_ORDER)
        )


def place_of(path: str) -> str:
    """Give a file's place as the local engine calls it, where it is of this machine."""
    return path.removeprefix("file:").removeprefix("//") if path.startswith("file:") else path


def _headers(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Find what each file begins with: runs on an executor."""
    for batch in batches:
        for row in batch.to_pylist():
            name = parse_name(_name(row["path"]))
            read = read_blocks(io.BytesIO(row["first"]), str(name))
            header = header_of(name.run, read) if name else None
            packed = packed_header(header) if header else None
            made = {"path": row["path"], "length": row["length"], "header": packed}
            yield pa.RecordBatch.from_pylist([made], _FACTS)


def _facts(row: Any) -> FileFacts:
    header = unpacked_header(bytes(row.header)) if row.header is not None else None
    return FileFacts(place_of(row.path), row.length, parse_name(_name(row.path)), header)


def _name(path: str) -> str:
    return path.rpartition("/")[2]


def _plan_rows(plan: Plan, called: dict[str, str]) -> Iterator[dict[str, object]]:
    """Give a row for each file: which group it is of, and where in it."""
    for group in plan.groups:
        for order, job in enumerate(group):
            packed = _encoder.encode(job)
            for file in job.files:
                host, boot = job.group
                place = {"path": called[file.place], "host": host, "boot": boot}
                yield {**place, "recording": order, "number": file.number, "job": packed}


def _judging(
    question: Question,
) -> Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """Give what an executor does with a group: it takes its parts as they come."""

    def judge(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        parts = _Parts(batches)
        records = judge_group(parts.jobs(), parts.reader, read_question(question))
        while some := list(islice(records, _RECORDS_AT_ONCE)):
            yield pa.record_batch([pa.array(map(encode_record, some), pa.binary())], _RECORDS)

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
            self._files = groupby(chain([first], rows), key=itemgetter("number"))
            yield _job_decoder.decode(first["job"])

    def reader(self, _: Job) -> ReadSegment:
        """Give how the files of the recording are read whose turn it is."""
        return self._read

    def _read(self, name: SegmentName) -> Iterator[Block | Gap]:
        number, rows = next(self._files)
        if number != name.number:
            raise RecordingError(f"Spark gave file {number} where {name} was to come")
        stream = io.BufferedReader(_Stream(row["data"] for row in rows), PART_BYTES)
        yield from read_blocks(stream, str(name))


def _in_order(rows: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Hold Spark to the order that it was asked for: out of order, all would seem damaged."""
    before = (-1, -1, -1)
    for row in rows:
        place = (row["recording"], row["number"], row["part"])
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


def _ddl(schema: pa.Schema) -> str:
    """Write a schema as Spark reads it."""
    types = {pa.string(): "string", pa.int64(): "bigint", pa.binary(): "binary"}
    return ", ".join(f"{field.name} {types[field.type]}" for field in schema)


@contextmanager
def _spark_errors() -> Iterator[None]:
    """Say in one line what Spark says in a hundred."""
    try:
        yield
    except (PySparkException, Py4JJavaError) as error:
        told = str(error).strip().splitlines()[0]
        raise UsageError(f"hunt: Spark gave up: {told}") from error
