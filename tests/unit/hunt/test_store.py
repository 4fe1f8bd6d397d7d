from __future__ import annotations

import random
from collections.abc import Iterable

import pytest

from detector.hunt.answer import Answer, Span
from detector.hunt.judging import Record
from detector.hunt.keys import KEYS
from detector.hunt.outcome import State
from detector.hunt.store import open_store
from tests.unit.hunt.made_sightings import AT, SECOND, judged, seen

BY = {key.name: key for key in KEYS}
RECORDS: list[Record] = [
    seen(time_ns=AT + 10, host="a", executable="/bin/common"),
    seen(time_ns=AT + 20, host="b", executable="/bin/common"),
    seen(time_ns=AT + 30, host="a", executable="/bin/local"),
    seen("late", time_ns=AT + 40, host="a", executable="/bin/local"),
    seen("late", time_ns=AT + 50, host="b", executable="/bin/odd"),
    seen(time_ns=AT + 5, host="c", executable=None),
    judged(host="a", recording="/a"),
    judged(host="b", recording="/b", error_ns=7, incomplete=2, suppressed=3),
    judged(
        host="",
        recording="/c",
        state=State.UNREADABLE,
        reason="it has no header",
        began_ns=0,
        ended_ns=0,
        calls=0,
    ),
]


def answered(
    by: str, span: Span | None = None, *, first_seen: bool = False, records: Iterable[Record] = ()
) -> list[Answer]:
    with open_store(span or Span()) as store:
        store.add(records or RECORDS)
        return list(store.answers(BY[by], first_seen=first_seen))


def told(answers: list[Answer]) -> list[tuple[str | None, int, int]]:
    return [(one.value, one.findings, one.hosts) for one in answers]


def test_the_rare_ones_come_first_on_few_hosts_then_of_few_findings() -> None:
    answers = answered("executable")
    assert told(answers) == [
        ("/bin/odd", 1, 1),
        (None, 1, 1),
        ("/bin/local", 2, 1),
        ("/bin/common", 2, 2),
    ]
    local = answers[2]
    assert (local.first_ns, local.first_host, local.last_ns) == (AT + 30, "a", AT + 40)
    assert local.severity == "err"


@pytest.mark.parametrize("by", list(BY))
def test_the_order_in_which_findings_come_changes_nothing(by: str) -> None:
    mixed = RECORDS.copy()
    random.Random(1).shuffle(mixed)  # noqa: S311
    assert answered(by, records=mixed) == answered(by)


def test_first_seen_tells_the_newest_value_first() -> None:
    answers = answered("executable", first_seen=True)
    assert [one.value for one in answers] == ["/bin/odd", "/bin/local", "/bin/common", None]


def test_first_seen_since_leaves_out_what_was_known_before() -> None:
    # /bin/local was seen first at 30, give or take 5, and again at 40
    since = Span(since_ns=AT + 36)
    assert told(answered("executable", since)) == [("/bin/odd", 1, 1), ("/bin/local", 1, 1)]
    assert told(answered("executable", since, first_seen=True)) == [("/bin/odd", 1, 1)]
    earlier = Span(since_ns=AT + 35)
    assert told(answered("executable", earlier, first_seen=True)) == [
        ("/bin/odd", 1, 1),
        ("/bin/local", 2, 1),
    ]


def test_a_finding_is_left_out_only_where_the_clock_leaves_no_doubt() -> None:
    span = Span(since_ns=AT + 15, until_ns=AT + 25)
    with open_store(span) as store:
        store.add(RECORDS)
        assert [one.time_ns - AT for one in store.sightings()] == [10, 20]


def test_findings_come_in_order_of_time_and_whole() -> None:
    with open_store(Span()) as store:
        store.add(RECORDS)
        found = list(store.sightings())
        assert [one.time_ns - AT for one in found] == [5, 10, 20, 30, 40, 50]
        assert found[1] == RECORDS[0]
        assert list(store.outcomes()) == [RECORDS[8], RECORDS[6], RECORDS[7]]


def test_equal_wall_times_of_one_boot_stay_in_the_order_of_its_own_clock() -> None:
    with open_store(Span()) as store:
        store.add([seen(boottime_ns=7, run="aa"), seen(boottime_ns=3, run="bb")])
        assert [one.boottime_ns for one in store.sightings()] == [3, 7]


def test_moments_cover_the_findings_in_few_stretches() -> None:
    times = [AT, AT + 30 * SECOND, AT + 3000 * SECOND]
    with open_store(Span()) as store:
        store.add(seen(time_ns=time) for time in times)
        moments = list(store.moments())
    assert sum(one.findings for one in moments) == 3
    assert all(one.length_ns == 600 * SECOND for one in moments)
    assert moments[0].from_ns <= AT < moments[0].from_ns + moments[0].length_ns


def test_the_summary_counts_everything() -> None:
    with open_store(Span()) as store:
        assert store.summary().recordings == 0
        assert list(store.moments()) == []
        store.add(RECORDS)
        summary = store.summary()
    assert (summary.recordings, summary.hosts, summary.calls) == (3, 2, 80)
    assert (summary.incomplete, summary.suppressed, summary.error_ns) == (2, 3, 7)
    assert summary.severities == {"err": 4, "notice": 2}
    assert summary.states == {"whole": 2, "unreadable": 1}
    assert (summary.began_ns, summary.ended_ns) == (AT, AT + 60 * SECOND)
