"""The Spark engine: recordings in any store that Spark reads, judged on its executors.

Two passes over the files, both read by Spark (`binaryFile`): their headers, out of which the plan
is made here; then their bytes in parts, sorted, a group for each host and boot. A group is
streamed to the same function that the local engine calls, so neither a file nor a group is ever
held whole by Python. This module alone imports PySpark.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

import pyarrow as pa
from py4j.protocol import Py4JJavaError
from pyspark.errors import PySparkException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as sql
from pyspark.storagelevel import StorageLevel

from detector.errors import UsageError
from detector.hunt.header_facts import header_facts, unpack
from detector.hunt.judging import Record
from detector.hunt.plan import FileFacts, Plan, make_plan
from detector.hunt.question import Question
from detector.hunt.spark_tasks import (
    FACTS,
    FIRST_BYTES,
    PART_BYTES,
    RECORDS,
    encode_job,
    find_headers,
    judging,
)
from detector.hunt.wire import decode_record
from detector.recording.names import SUFFIX, parse_name

LOCAL = "local"
"""What a master is called that is this machine alone."""
TASKS_A_CORE = 4
"""Into how many tasks the groups are put: few enough to start, many enough to be even."""
_PARTS_AT_ONCE = 8
_PLAN = pa.schema(
    [
        ("path", pa.string()),
        ("host", pa.string()),
        ("boot", pa.string()),
        ("recording", pa.int32()),
        ("order", pa.int32()),
        ("file", pa.string()),
        ("job", pa.binary()),
    ]
)
_ORDER = ("host", "boot", "recording", "order", "part")
LOCAL_SETTINGS = {
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.authenticate": "true",
    "spark.ui.enabled": "false",
}
"""Of a master that is this machine alone: nobody else is to reach it."""
_NO_JAVA = "JAVA_GATEWAY_EXITED"


@contextmanager
def spark_engine(master: str, *, progress: bool = False) -> Iterator[SparkEngine]:
    """Begin a session, or take the one that there is; what was begun is ended.

    `master`: as spark-submit takes it. `progress`: let Spark draw its own bars on stderr. Raises
    UsageError where Spark does not start.
    """
    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    theirs = SparkSession.getActiveSession()
    builder = SparkSession.builder.appName("toctrace hunt").master(master)
    builder = builder.config("spark.ui.showConsoleProgress", str(progress).lower())
    for name, value in LOCAL_SETTINGS.items() if master.startswith(LOCAL) else ():
        builder = builder.config(name, value)
    with _spark_errors():
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
        first = sql.substring("content", 1, FIRST_BYTES).alias("first")
        with _spark_errors():
            found = self._files().select("path", "length", first)
            rows = found.mapInArrow(find_headers, _ddl(FACTS)).collect()
        if not rows:
            raise UsageError(f"{', '.join(self._paths)}: no file there ends in {SUFFIX}")
        self._called = {place_of(row.path): row.path for row in rows}
        return make_plan(_facts(row) for row in rows)

    def judge(self, plan: Plan, question: Question) -> Iterator[Record]:
        """Judge every group; give what was found, in any order. Raises UsageError."""
        yield from plan.set_aside
        if not plan.groups:
            return
        with _spark_errors():
            judged = (
                self.parts(plan)
                .groupBy("host", "boot")
                .applyInArrow(judging(question), _ddl(RECORDS))
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

    def parts(self, plan: Plan) -> DataFrame:
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


def _facts(row: Any) -> FileFacts:
    packed = None if row.header is None else bytes(row.header)
    header = header_facts(unpack(packed), packed) if packed else None
    return FileFacts(
        place_of(row.path), row.length, parse_name(row.path.rpartition("/")[2]), header
    )


def _plan_rows(plan: Plan, called: dict[str, str]) -> Iterator[dict[str, object]]:
    """Give a row for each file: which group it is of, and where in it."""
    for group in plan.groups:
        for number, job in enumerate(group):
            (host, boot), packed = job.group, encode_job(job)
            for order, file in enumerate(job.files):
                yield {
                    "path": called[file.place],
                    "host": host,
                    "boot": boot,
                    "recording": number,
                    "order": order,
                    "file": file.place,
                    "job": packed,
                }


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
        if _NO_JAVA in told:
            told += " It needs a Java runtime, 17 or newer (Debian: openjdk-17-jre-headless)."
        raise UsageError(f"hunt: Spark gave up: {told}") from error
