"""A run held against a baseline."""

from __future__ import annotations

import pytest

from detector.baseline.compare import Tolerated, stale, stale_notes, without
from detector.baseline.document import Baseline, read_baseline, write_baseline
from detector.live.verdict import Allowed, tool_status
from detector.model.finding import Severity
from detector.model.judgement import Kind
from detector.render.finding_key import fingerprint, key_of
from tests.unit.samples import findings, make_observation, observations

RACE, TAMPER = (key_of(findings()[name], "/work") for name in ("race", "tamper"))
BASELINE = read_baseline(write_baseline([RACE, TAMPER], Baseline()).encode(), "b")
TWO_RACES = Tolerated(rule="nodemask-race", kind=Kind.RACE, severity=Severity.ERR, count=2)


def test_what_is_accepted_no_longer_fails_and_is_counted() -> None:
    seen = make_observation(findings={Kind.RACE: 2}, severities={Severity.ERR: 2})
    assert tool_status(seen, Allowed()) == 10
    less = without(seen, [TWO_RACES])
    assert tool_status(less, Allowed()) == 0
    assert (less.findings, less.severities) == ({}, {})
    assert less.suppressed == {"nodemask-race/baseline": 2}


def test_what_is_new_beside_it_still_fails() -> None:
    seen = make_observation(
        findings={Kind.RACE: 3}, severities={Severity.ERR: 3}, suppressed={"nodemask-late/mine": 1}
    )
    less = without(seen, [TWO_RACES])
    assert tool_status(less, Allowed()) == 10
    assert less.severities == {Severity.ERR: 1}
    assert less.suppressed == {"nodemask-late/mine": 1, "nodemask-race/baseline": 2}


def test_stale_entries_are_those_that_nothing_was_found_of() -> None:
    (entry,) = stale(BASELINE, [fingerprint(RACE), "another"])
    assert entry.key == TAMPER
    assert stale(BASELINE, [fingerprint(RACE), fingerprint(TAMPER)]) == ()


@pytest.mark.parametrize(("name", "doubt"), [("clean", False), ("degraded", True)])
def test_stale_entries_are_named_and_doubted_where_something_was_missed(
    name: str,
    doubt: bool,  # noqa: FBT001  (pytest passes it by name)
) -> None:
    notes = stale_notes(stale(BASELINE, [fingerprint(RACE)]), observations()[name])
    assert fingerprint(TAMPER) in notes[0]
    assert ("did not see everything" in notes[-1]) is doubt
    assert stale_notes((), observations()[name]) == ()
