"""A hunt's results as JSON Lines: recordings, findings, answers, and the whole in numbers last."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from detector.hunt.answer import Answer, Moment, Summary
from detector.hunt.judging import Record
from detector.hunt.keys import KEYS
from detector.hunt.store import Store
from detector.render.jsonl import as_line
from detector.render.moment import rfc3339

TIMES = {
    "time_ns": "time",
    "began_ns": "began",
    "ended_ns": "ended",
    "first_ns": "first",
    "last_ns": "last",
    "from_ns": "from",
}
"""Wall times, which are written as RFC 3339 has them: JSON's numbers are too coarse for them."""


def hunt_lines(store: Store, *, first_seen: bool) -> Iterator[str]:
    """Write everything that was found, a line each."""
    yield from map(_line, store.outcomes())
    yield from map(_line, store.sightings())
    yield from map(_line, store.moments())
    for key in KEYS:
        yield from map(_line, store.answers(key, first_seen=first_seen))
    yield _line(store.summary())


def _line(row: Record | Answer | Moment | Summary) -> str:
    told = msgspec.to_builtins(row)
    return as_line(
        {
            TIMES.get(name, name): rfc3339(value) if name in TIMES else value
            for name, value in told.items()
        }
    )
