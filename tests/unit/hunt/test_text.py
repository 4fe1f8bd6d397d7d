from __future__ import annotations

from collections.abc import Callable, Iterable

from detector.hunt.answer import Span
from detector.hunt.judging import Record
from detector.hunt.outcome import State
from detector.hunt.store import open_store
from detector.hunt.text import MOST_BROKEN, MOST_VALUES, hunt_text
from detector.render.safe import columns
from tests.unit.hunt.made_sightings import AT, SECOND, judged, seen
from tests.unit.hunt.test_store import RECORDS

HOSTILE = "/tmp/\x1b[2J\u202e<b>" + "x" * 100


def written(records: Iterable[Record], *, first_seen: bool = False, colour: bool = False) -> str:
    with open_store(Span()) as store:
        store.add(records)
        return "\n".join(hunt_text(store, first_seen=first_seen, colour=colour))


def many() -> list[Record]:
    spread = [
        seen(time_ns=AT + n * n * 60 * SECOND, host=f"host-{n % 7}", executable=f"/opt/{n:02}")
        for n in range(30)
    ]
    broken = [
        judged(host="", recording=f"/cases/{n}", state=State.UNREADABLE, reason="no header")
        for n in range(MOST_BROKEN + 2)
    ]
    hostile = seen(time_ns=AT, executable=HOSTILE, host=HOSTILE, comm=HOSTILE)
    return [*RECORDS, *spread, *broken, hostile]


def test_a_person_is_told_what_was_found(golden: Callable[[str, str], None]) -> None:
    golden("hunt.txt", written(many()))


def test_what_was_seen_first_is_told_by_its_time(golden: Callable[[str, str], None]) -> None:
    golden("hunt-first-seen.txt", written(RECORDS, first_seen=True))


def test_a_hunt_that_found_nothing_says_so(golden: Callable[[str, str], None]) -> None:
    golden("hunt-nothing.txt", written([judged()]))


def test_no_line_is_wider_than_a_terminal_and_no_hostile_name_reaches_it() -> None:
    text = written(many())
    assert all(columns(line) <= 80 for line in text.splitlines())
    assert "\x1b" not in text
    assert "\u202e" not in text


def test_what_is_left_out_is_counted() -> None:
    text = written(many())
    assert "  and 3 more" in text.split("\n\n")[1]
    by_executable = next(p for p in text.split("\n\n") if p.startswith("By executable"))
    assert by_executable.endswith(f"and {35 - MOST_VALUES} more")


def test_colour_is_where_it_is_wanted_alone() -> None:
    assert "\x1b[1m" in written(RECORDS, colour=True)
