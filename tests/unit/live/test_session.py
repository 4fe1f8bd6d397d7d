"""A run over a capture that never sees a kernel."""

from __future__ import annotations

from typing import cast

import pytest

from detector.capture.capture import Capture, Totals
from detector.capture.filters import Filters
from detector.exits import Exit
from detector.live import session
from detector.live.session import Session
from detector.live.verdict import Allowed
from detector.model.observation import UNATTACHED, Observation, StageState
from detector.model.process import Process
from detector.model.stage import Stage


class Quiet:
    """Has one stage, and nobody calls."""

    because = ""
    backend = "kprobe"
    enforcing = None
    gateable = True
    watched = ()
    stages = (
        StageState(syscall="openat", stage=Stage.ENTRY, abi="x86_64", armed=True, via="kprobe:f"),
    )

    def __init__(self, *untold: str, parked: int = 0) -> None:
        self.untold = untold
        self.parked = parked
        self.readings: list[int] = []
        self.armings: list[tuple[Filters, bool]] = []

    def arm(self, filters: Filters, *, gated: bool = False) -> None:
        self.armings.append((filters, gated))

    def disarm(self) -> None:
        self.readings.clear()

    def read(self, timeout_ms: int) -> list[object]:
        self.readings.append(timeout_ms)
        return []

    def lose_vanished(self) -> list[str]:
        return []

    def totals(self) -> Totals:
        return Totals(
            begun=self.parked, exited=0, equal=0, sent=0, lost={}, cut_by_start=0, out_of_scope=0
        )


def watched(capture: Quiet) -> Observation:
    run = Session(
        cast("Capture", capture),
        run="test",
        rules=(),
        identify=lambda _: Process(),
        emit=lambda _: None,
        alert=lambda _: None,
    )
    run.arm(Filters())
    run.begin()
    run.settle()
    return run.finish(Allowed())


def test_every_stage_is_proven_before_anybody_is_watched(monkeypatch: pytest.MonkeyPatch) -> None:
    capture = Quiet()
    armed_before: list[int] = []

    def prove(*_: object) -> list[str]:
        armed_before.append(len(capture.armings))
        return []

    monkeypatch.setattr(session, "prove", prove)
    watched(capture)
    assert (armed_before, capture.armings) == ([0], [(Filters(), True)])


def test_with_every_probe_it_is_clean() -> None:
    observation = watched(Quiet())
    assert (observation.tool_status, observation.lost) == (Exit.CLEAN, {})


def test_what_is_untold_for_want_of_a_probe_is_said_and_not_clean() -> None:
    observation = watched(Quiet("of this nothing is told (f: no)"))
    assert observation.tool_status == Exit.DEGRADED
    assert observation.lost == {UNATTACHED: 1}
    assert observation.notes == ("of this nothing is told (f: no)",)


def test_the_last_reading_takes_all_that_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session, "FOLLOW_S", 0.01)
    capture = Quiet(parked=1)
    assert watched(capture).cut_by_end == 1
    first, *between, last = capture.readings
    assert (first, set(between), last) == (0, {50}, 0)
