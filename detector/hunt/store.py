"""Where findings are put while they are counted: a database on disk, so that memory is bounded.

SQLite sorts and groups in files of its own past a few megabytes. Every order is a total one, so
that answers do not depend on the order in which findings came.
"""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec

from detector.hunt.answer import Answer, Moment, Span, Summary
from detector.hunt.judging import Record
from detector.hunt.keys import Key
from detector.hunt.outcome import Outcome, State
from detector.hunt.sighting import COLUMNS, Sighting
from detector.hunt.stretch import stretch
from detector.model.finding import Severity

_AT_ONCE = 256
_SEVERITIES = tuple(Severity)
_SIGHTINGS = """
SELECT * FROM sighting WHERE within
ORDER BY time_ns, host, boot_id, boottime_ns, run, call, rule, recording
"""
"""In order of wall time, which within a boot is always that of the boot's own clock."""
_OUTCOMES = "SELECT * FROM outcome ORDER BY host, boot_id, began_ns, recording"
_ANSWERS = """
WITH seen AS (
    SELECT {column} AS value, host, id, time_ns, severity_number, within, row_number() OVER (
        PARTITION BY {column} ORDER BY time_ns, host, boot_id, run, call, rule, recording
    ) AS place
    FROM sighting WHERE {asked}
)
SELECT value, count(*), count(DISTINCT host) AS hosts, min(severity_number),
    min(time_ns) AS first_ns, max(CASE place WHEN 1 THEN host END),
    max(CASE place WHEN 1 THEN id END), max(time_ns)
FROM seen GROUP BY value HAVING max(CASE place WHEN 1 THEN within END) ORDER BY {order}
"""
_RARE_FIRST = "hosts, count(*), first_ns DESC, value"
_NEW_FIRST = "first_ns DESC, value"
_ENDS = "SELECT min(time_ns), max(time_ns) FROM sighting WHERE within"
_MOMENTS = """
SELECT time_ns / :length, count(*), count(DISTINCT host), min(severity_number)
FROM sighting WHERE within GROUP BY 1 ORDER BY 1
"""
_TOTALS = """
SELECT count(*), count(DISTINCT nullif(host, '')), total(calls), total(incomplete), total(size),
    total(suppressed), min(nullif(began_ns, 0)), max(ended_ns), max(error_ns) FROM outcome
"""
_BY_SEVERITY = "SELECT severity_number, count(*) FROM sighting WHERE within GROUP BY 1 ORDER BY 1"
_BY_STATE = "SELECT state, count(*) FROM outcome GROUP BY 1 ORDER BY 1"


class Store:
    """Findings and outcomes in; answers out, of those within a span of time."""

    def __init__(self, database: sqlite3.Connection, span: Span) -> None:
        """`database`: an empty one."""
        self._database = database
        self._span = span
        database.execute(_table("sighting", Sighting, "within INTEGER"))
        database.execute(_table("outcome", Outcome))

    def add(self, records: Iterable[Record]) -> None:
        """Put records in."""
        sighting, outcome = _insert("sighting", len(COLUMNS) + 1), _insert("outcome", _OF_OUTCOME)
        coming = iter(records)
        while some := list(islice(coming, _AT_ONCE)):
            found = (one for one in some if isinstance(one, Sighting))
            self._database.executemany(
                sighting, ((*msgspec.structs.astuple(one), self._within(one)) for one in found)
            )
            judged = (one for one in some if isinstance(one, Outcome))
            self._database.executemany(outcome, map(msgspec.structs.astuple, judged))

    def sightings(self) -> Iterator[Sighting]:
        """Give the findings, in order."""
        for row in self._rows(_SIGHTINGS):
            yield Sighting(**dict(zip(COLUMNS, row[: len(COLUMNS)], strict=True)))

    def outcomes(self) -> Iterator[Outcome]:
        """Give what became of every recording."""
        for row in self._rows(_OUTCOMES):
            told = dict(zip(Outcome.__struct_fields__, row, strict=True))
            yield Outcome(**{**told, "state": State(told["state"])})

    def answers(self, key: Key, *, first_seen: bool = False) -> Iterator[Answer]:
        """Give every value of a key, the rare ones first: on few hosts, then of few findings.

        `first_seen`: the newest first, and a value is within the span if it was seen first in it.
        """
        asked = _ANSWERS.format(
            column=key.column,
            asked="TRUE" if first_seen else "within",
            order=_NEW_FIRST if first_seen else _RARE_FIRST,
        )
        for value, findings, hosts, worst, first, host, name, last in self._rows(asked):
            yield Answer(
                by=key.name,
                value=None if value is None else str(value),
                findings=findings,
                hosts=hosts,
                severity=_SEVERITIES[worst].value,
                first_ns=first,
                first_host=host,
                first_id=name,
                last_ns=last,
            )

    def moments(self) -> Iterator[Moment]:
        """Give the findings over time, in stretches that are neither many nor long."""
        ((first, last),) = self._rows(_ENDS)
        length = stretch(last - first) if first is not None else 1
        for number, findings, hosts, worst in self._rows(_MOMENTS, length=length):
            yield Moment(
                from_ns=number * length,
                length_ns=length,
                findings=findings,
                hosts=hosts,
                severity=_SEVERITIES[worst].value,
            )

    def summary(self) -> Summary:
        """Give the whole in numbers."""
        ((recordings, hosts, *totals, began, ended, error),) = self._rows(_TOTALS)
        calls, incomplete, size, suppressed = map(int, totals)
        severities = {_SEVERITIES[number].value: n for number, n in self._rows(_BY_SEVERITY)}
        return Summary(
            recordings=recordings,
            hosts=hosts,
            calls=calls,
            incomplete=incomplete,
            size=size,
            suppressed=suppressed,
            findings=sum(severities.values()),
            severities=severities,
            states=dict(self._rows(_BY_STATE)),
            began_ns=began or 0,
            ended_ns=ended or 0,
            error_ns=error or 0,
        )

    def _within(self, found: Sighting) -> bool:
        return self._span.may_hold(found.time_ns, found.error_ns)

    def _rows(self, asked: str, **values: int) -> Iterator[Any]:
        return self._database.execute(asked, values)


@contextmanager
def open_store(span: Span) -> Iterator[Store]:
    """Make a store that is gone at the end; it is its owner's alone, in the folder of TMPDIR."""
    with tempfile.TemporaryDirectory(prefix="toctrace-hunt-") as folder:
        database = sqlite3.connect(Path(folder) / "found.sqlite")
        try:
            for setting in ("journal_mode = OFF", "synchronous = OFF", "temp_store = FILE"):
                database.execute(f"PRAGMA {setting}")
            yield Store(database, span)
        finally:
            database.close()


_TYPES: dict[object, str] = {int: "INTEGER", int | None: "INTEGER"}
_OF_OUTCOME = len(Outcome.__struct_fields__)


def _table(name: str, kind: type[msgspec.Struct], *more: str) -> str:
    fields = msgspec.structs.fields(kind)
    columns = [f"{field.name} {_TYPES.get(field.type, 'TEXT')}" for field in fields]
    return f"CREATE TABLE {name} ({', '.join([*columns, *more])})"


def _insert(name: str, columns: int) -> str:
    return f"INSERT INTO {name} VALUES ({', '.join('?' * columns)})"  # noqa: S608  (names of ours)
