"""A stage that falls silent while watching goes on is lost, and said; a full ring is no silence."""

from __future__ import annotations

import os
from typing import Any, cast

import msgspec
import pytest

from detector.capture.capture import Capture, Totals
from detector.capture.proof_again import prove_again
from detector.model.observation import StageState
from detector.model.snapshot import Snapshot
from detector.model.stage import LADDER, Stage
from tests.unit.builders import ladder

WATCHED = ("migrate_pages", "mbind")


class FakeCapture:
    """Its probes speak, but for those that are gone; the ring may have no room for a while."""

    watched = WATCHED

    def __init__(self, *gone: tuple[str, Stage], full_for: int = 0) -> None:
        self.gone = gone
        self.full_for = full_for
        self.calls: list[str] = []
        self.silenced: list[tuple[str, Stage, str]] = []
        self.stages = tuple(
            StageState(syscall=name, stage=stage, abi="any", armed=True, via="probe")
            for name in WATCHED
            for stage in LADDER
        )

    def mark(self, pidfd: int, _seed: object) -> None:
        os.fstat(pidfd)

    def unmark(self, pidfd: int) -> None:
        os.fstat(pidfd)

    def peek(self) -> None:
        pass

    def honest(self, name: str) -> None:
        self.calls.append(name)

    def take_own(self) -> list[Snapshot]:
        name = self.calls[-1]
        if len(self.calls) <= self.full_for or (name, Stage.ENTRY) in self.gone:
            return []
        return [
            msgspec.structs.replace(snapshot, syscall=name)
            for snapshot in ladder(1)
            if (name, snapshot.stage) not in self.gone
        ]

    def totals(self) -> Totals:
        full = min(len(self.calls), self.full_for)
        lost = {"ring buffer full": full} if full else {}
        return Totals(begun=0, exited=0, equal=0, sent=0, lost=lost, cut_by_start=0, out_of_scope=0)

    def silence(self, name: str, stage: Stage, _abi: str, reason: str) -> None:
        self.silenced.append((name, stage, reason))


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("detector.capture.proof_again.AGAIN_S", 0.01)


def again(capture: FakeCapture) -> list[tuple[str, Stage]]:
    return prove_again(cast("Capture", cast("Any", capture)), capture.honest)


def test_stages_that_speak_are_left_alone() -> None:
    capture = FakeCapture()
    assert again(capture) == []
    assert (capture.calls, capture.silenced) == (list(WATCHED), [])


@pytest.mark.parametrize("stage", [Stage.COPY, Stage.USE, Stage.EXIT])
def test_a_stage_that_falls_silent_is_named_and_lost_by_its_call_alone(stage: Stage) -> None:
    capture = FakeCapture(("mbind", stage))
    assert again(capture) == [("mbind", stage)]
    [(name, lost, reason)] = capture.silenced
    assert (name, lost) == ("mbind", stage)
    assert "removed or disabled" in reason


def test_a_stage_that_is_passed_over_once_is_not_doubted() -> None:
    capture = FakeCapture(("migrate_pages", Stage.EXIT))

    def honest(name: str) -> None:
        if capture.calls:
            capture.gone = ()
        capture.honest(name)

    assert prove_again(cast("Capture", cast("Any", capture)), honest) == []
    assert (capture.calls, capture.silenced) == (["migrate_pages", "migrate_pages", "mbind"], [])


def test_without_the_entry_nothing_is_known_of_the_others() -> None:
    assert again(FakeCapture(("mbind", Stage.ENTRY))) == [("mbind", Stage.ENTRY)]


def test_an_own_call_that_found_no_room_is_made_again() -> None:
    capture = FakeCapture(full_for=1)
    assert again(capture) == []
    assert (capture.calls, capture.silenced) == (["migrate_pages", "migrate_pages", "mbind"], [])


def test_while_there_is_no_room_nothing_is_said_of_the_stages() -> None:
    capture = FakeCapture(full_for=100)
    assert again(capture) == []
    assert capture.silenced == []
