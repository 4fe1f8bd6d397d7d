from __future__ import annotations

import os

import pytest

from detector.errors import SimulationError
from detector.simulate import own, syscalls
from detector.simulate.own import LUCKY_CALLS, play_own_honest, play_own_raced


def test_the_honest_call_is_one_call_by_the_main_thread() -> None:
    made = play_own_honest()
    assert made.certain
    assert [(one.caller, one.kind, one.error) for one in made.calls] == [("main", "none", None)]


@pytest.mark.usefixtures("held_calls")
def test_the_raced_call_changes_both_masks() -> None:
    made = play_own_raced()
    assert (made.method, made.certain) == ("userfaultfd", True)
    assert [(one.old_nodes.kind, one.new_nodes.kind) for one in made.calls] == [("race", "race")]


def test_without_userfaultfd_many_calls_race_by_luck_and_that_is_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(_name: str, _times: int) -> None:
        raise SimulationError("userfaultfd may not")

    monkeypatch.setattr(own, "play", refuse)
    made = play_own_raced()
    assert (made.method, made.certain, made.because) == ("hammer", False, "userfaultfd may not")
    assert len(made.calls) == LUCKY_CALLS
    assert {one.error for one in made.calls} == {"ESRCH"}


def test_own_calls_are_made_by_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    callers: list[int] = []

    def note(*_arguments: int) -> int:
        callers.append(os.getpid())
        return 0

    monkeypatch.setattr(syscalls, "migrate_pages", note)
    play_own_honest()
    assert callers == [os.getpid()]
