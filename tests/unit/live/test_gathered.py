"""Findings by fingerprint, in bounded memory."""

from __future__ import annotations

import msgspec
import pytest

from detector.live import gathered
from detector.live.gathered import Gathering
from tests.unit.messages import make_report
from tests.unit.samples import PROCESS, findings

FOUND = findings()


def test_findings_that_share_a_fingerprint_are_counted() -> None:
    gathering = Gathering("/work")
    for name in ("race", "tamper", "race", "race"):
        gathering.add(FOUND[name])
    assert [one.count for one in gathering.found.values()] == [3, 1]


def test_the_first_that_names_a_writer_stands_for_all() -> None:
    gathering = Gathering("/work")
    for name in ("race", "race-written", "race"):
        gathering.add(FOUND[name])
    (one,) = gathering.found.values()
    assert (one.count, one.finding) == (3, FOUND["race-written"])


def test_made_up_programs_fill_no_memory_and_what_finds_no_room_is_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(gathered, "LIMIT", 3)
    many = [
        msgspec.structs.replace(
            FOUND["race"], process=msgspec.structs.replace(PROCESS, executable=f"/tmp/{number}")
        )
        for number in range(8)
    ]
    report = make_report(*many)
    assert len(report.found) == 3
    assert "5 findings of further programs" in report.observation.notes[-1]


def test_the_most_severe_comes_first() -> None:
    report = make_report(FOUND["late"], FOUND["race"], FOUND["tamper"])
    assert [one.finding.rule for one in report.found] == [
        "nodemask-tamper",
        "nodemask-race",
        "nodemask-late",
    ]
