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
from detector.model.finding import Severity

_AT_ONCE = 4096
_TYPES = {int: "INTEGER", int | None: "INTEGER"}
_TABLES: dict[type[msgspec.Struct], str] = {Sighting: "sighting", Outcome: "outcome"}
_ORDER = "time_ns, host, boot_id, boottime_ns, run, call, rule, recording"
"""The order of findings: their wall time, within a boot always that of the boot's own clock."""
_WITHIN = """(:since IS NULL OR time_ns + error_ns >= :since)
    AND (:until IS NULL OR time_ns - error_ns < :until)"""
_ANSWERS = f"""
WITH seen AS (
    SELECT *, {{column}} AS value,
        row_number() OVER (PARTITION BY {{column}} ORDER BY {_ORDER}) AS place
    FROM sighting WHERE {{within}}
)
SELECT value, count(*), count(DISTINCT host), min(severity_number), min(time_ns) AS first_ns,
    max(CASE place WHEN 1 THEN host END), max(CASE place WHEN 1 THEN id END), max(time_ns),
    max(CASE place WHEN 1 THEN error_ns END) AS first_error_ns
FROM seen GROUP BY value {{having}} ORDER BY {{order}}
"""
_RARE_FIRST = "count(DISTINCT host), count(*), first_ns DESC, value"
_NEW_FIRST = "first_ns DESC, value"
_FIRST_WITHIN = """HAVING (:since IS NULL OR first_ns + first_error_ns >= :since)
    AND (:until IS NULL OR first_ns - first_error_ns < :until)"""
_SEVERITIES = tuple(Severity)


class Store:
    """Findings and outcomes in; answers out, of those within a span of time."""

    def __init__(self, database: sqlite3.Connection, span: Span) -> None:
        """`database`: an empty one."""
        self._database = database
        self._bounds = {"since": span.since_ns, "until": span.until_ns}
        for kind, table in _TABLES.items():
            fields = msgspec.structs.fields(kind)
            columns = ", ".join(f"{f.name} {_TYPES.get(f.type, 'TEXT')}" for f in fields)
            database.execute(f"CREATE TABLE {table} ({columns})")

    def add(self, records: Iterable[Record]) -> None:
        """Put records in."""
        inserts = {
            kind: f"INSERT INTO {table} VALUES ({', '.join('?' * len(kind.__struct_fields__))})"  # noqa: S608
            for kind, table in _TABLES.items()
        }
        coming = iter(records)
        while some := list(islice(coming, _AT_ONCE)):
            for kind, insert in inserts.items():
                rows = (msgspec.structs.astuple(one) for one in some if isinstance(one, kind))
                self._database.executemany(insert, rows)

    def sightings(self) -> Iterator[Sighting]:
        """Give the findings, in order."""
        asked = f"SELECT * FROM sighting WHERE {_WITHIN} ORDER BY {_ORDER}"  # noqa: S608
        for row in self._rows(asked):
            yield Sighting(**dict(zip(COLUMNS, row, strict=True)))

    def outcomes(self) -> Iterator[Outcome]:
        """Give what became of every recording."""
        names = Outcome.__struct_fields__
        for row in self._rows("SELECT * FROM outcome ORDER BY host, boot_id, began_ns, recording"):
            told = dict(zip(names, row, strict=True))
            yield Outcome(**{**told, "state": State(told["state"])})

    def answers(self, key: Key, *, first_seen: bool = False) -> Iterator[Answer]:
        """Give every value of a key, the rare ones first: on few hosts, then of few findings.

        `first_seen`: the newest first, and a value is within the span if it was seen first in it.
        """
        asked = _ANSWERS.format(
            column=key.column,
            within="1" if first_seen else _WITHIN,
            having=_FIRST_WITHIN if first_seen else "",
            order=_NEW_FIRST if first_seen else _RARE_FIRST,
        )
        for value, findings, hosts, worst, first, host, name, last, _ in self._rows(asked):
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
        ((first, last),) = self._rows(
            f"SELECT min(time_ns), max(time_ns) FROM sighting WHERE {_WITHIN}"  # noqa: S608
        )
        if first is None:
            return
        length = stretch(last - first)
        asked = f"""SELECT time_ns / {length}, count(*), count(DISTINCT host), min(severity_number)
            FROM sighting WHERE {_WITHIN} GROUP BY 1 ORDER BY 1"""  # noqa: S608
        for number, findings, hosts, worst in self._rows(asked):
            yield Moment(
                from_ns=number * length,
                length_ns=length,
                findings=findings,
                hosts=hosts,
                severity=_SEVERITIES[worst].value,
            )

    def summary(self) -> Summary:
        """Give the whole in numbers."""
        ((recordings, hosts, calls, incomplete, size, suppressed, began, ended, error),) = self._rows(
            """SELECT count(*), count(DISTINCT nullif(host, '')), total(calls), total(incomplete),
            total(size), total(suppressed),
            min(nullif(began_ns, 0)), max(ended_ns), max(error_ns) FROM outcome"""
        )
        found = self._rows(
            f"SELECT severity_number, count(*) FROM sighting WHERE {_WITHIN} GROUP BY 1 ORDER BY 1"  # noqa: S608
        )
        severities = {_SEVERITIES[number].value: count for number, count in found}
        states = self._rows("SELECT state, count(*) FROM outcome GROUP BY 1 ORDER BY 1")
        return Summary(
            recordings=recordings,
            hosts=hosts,
            calls=int(calls),
            incomplete=int(incomplete),
            size=int(size),
            suppressed=int(suppressed),
            findings=sum(severities.values()),
            severities=severities,
            states=dict(states),
            began_ns=began or 0,
            ended_ns=ended or 0,
            error_ns=error or 0,
        )

    def _rows(self, asked: str) -> Iterator[Any]:
        return self._database.execute(asked, self._bounds)


STRETCHES = tuple(
    seconds * 1_000_000_000
    for seconds in (60, 600, 3600, 6 * 3600, 86_400, 7 * 86_400, 30 * 86_400, 365 * 86_400)
)
MOST_STRETCHES = 24


def stretch(span_ns: int) -> int:
    """Give how long the stretches are that a span is told in, ns."""
    fitting = (length for length in STRETCHES if span_ns < length * MOST_STRETCHES)
    return next(fitting, STRETCHES[-1])


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
