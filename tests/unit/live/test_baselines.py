"""A run, its baseline file, and the one it writes."""

from __future__ import annotations

from pathlib import Path

import pytest

from detector.errors import UsageError
from detector.live.baselines import held_against, opened_baseline, save_baseline
from detector.live.gathered import Gathering
from detector.model.finding import Severity
from detector.model.judgement import Kind
from tests.unit.samples import findings, make_observation, observations

FOUND = findings()
TWO = make_observation(
    findings={Kind.RACE: 1, Kind.TAMPER: 1}, severities={Severity.ERR: 1, Severity.CRIT: 1}
)


def gathering(*names: str) -> Gathering:
    gathered = Gathering("/work")
    for name in names:
        gathered.add(FOUND[name])
    return gathered


def test_a_baseline_of_a_run_accepts_that_run(tmp_path: Path) -> None:
    file = tmp_path / "baseline.json"
    assert save_baseline(file, TWO, gathering("race", "tamper"), None) is None
    known = opened_baseline(file)
    assert known is not None
    held = held_against(TWO, gathering("race", "tamper"), known)
    assert not held.severities
    assert held.notes == ("the baseline accepts 2 findings of this run",)


def test_what_it_does_not_know_stays_and_what_is_gone_is_named(tmp_path: Path) -> None:
    file = tmp_path / "baseline.json"
    save_baseline(file, TWO, gathering("race", "late"), None)
    known = opened_baseline(file)
    assert known is not None
    held = held_against(TWO, gathering("race", "tamper"), known)
    assert held.severities == {Severity.CRIT: 1}
    assert "stale" in held.notes[-1]
    assert "nodemask-late" in held.notes[-1]


def test_a_run_that_watched_nothing_writes_no_baseline_and_calls_nothing_stale(
    tmp_path: Path,
) -> None:
    file = tmp_path / "baseline.json"
    save_baseline(file, TWO, gathering("race"), None)
    before = file.read_bytes()
    unseen = observations()["unobserved"]
    failure = save_baseline(file, unseen, gathering(), None)
    assert failure is not None
    assert "nothing was observed" in failure
    assert file.read_bytes() == before
    known = opened_baseline(file)
    assert known is not None
    assert held_against(unseen, gathering(), known).notes == unseen.notes


def test_a_file_that_is_not_there_is_an_error_with_a_remedy(tmp_path: Path) -> None:
    assert opened_baseline(None) is None
    with pytest.raises(UsageError, match="--write-baseline"):
        opened_baseline(tmp_path / "none.json")
