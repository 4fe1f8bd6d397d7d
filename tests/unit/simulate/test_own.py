from __future__ import annotations

import os
from pathlib import Path

import pytest

from detector.errors import SimulationError
from detector.model.form import Form
from detector.simulate import own, syscalls
from detector.simulate.own import LUCKY_CALLS, play_own_honest, play_own_raced
from detector.simulate.text_calls import TEXT_CALLS
from detector.syscalls.table import BY_NAME


@pytest.mark.parametrize("syscall", BY_NAME)
def test_the_honest_call_is_one_call_by_the_main_thread(syscall: str) -> None:
    made = play_own_honest(syscall)
    assert made.certain
    assert [(one.syscall, one.caller, one.kind) for one in made.calls] == [
        (syscall, "main", "none")
    ]


@pytest.mark.usefixtures("held_calls")
@pytest.mark.parametrize("syscall", BY_NAME)
def test_the_raced_call_changes_every_mask_or_its_first_text(syscall: str) -> None:
    made = play_own_raced(syscall)
    assert (made.method, made.certain) == ("userfaultfd", True)
    (one,) = made.calls
    assert (one.syscall, one.caller) == (syscall, "main")
    first, *others = BY_NAME[syscall].arguments
    kinds = {name: taken.kind for name, taken in (one.masks | one.texts).items()}
    assert kinds == {first.name: "race"} | {
        argument.name: "race" if argument.form is Form.NODEMASK else "none" for argument in others
    }


LUCKY_ERRORS = {
    "migrate_pages": "ESRCH",
    "mbind": "EINVAL",
    "set_mempolicy": "EINVAL",
    "move_pages": "ESRCH",
} | {call.syscall: call.error for call in TEXT_CALLS}


@pytest.mark.parametrize("syscall", BY_NAME)
def test_without_userfaultfd_many_calls_race_by_luck_and_that_is_said(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, syscall: str
) -> None:
    def refuse(_name: str, _times: int) -> None:
        raise SimulationError("userfaultfd may not")

    monkeypatch.setattr(own, "play", refuse)
    monkeypatch.chdir(tmp_path)
    made = play_own_raced(syscall)
    assert [*tmp_path.iterdir()] == []  # whatever it names, nothing is made of it
    assert (made.method, made.certain, made.because) == ("hammer", False, "userfaultfd may not")
    assert len(made.calls) == LUCKY_CALLS
    assert {one.error for one in made.calls} == {LUCKY_ERRORS[syscall]}


def test_own_calls_are_made_by_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    callers: list[int] = []

    def note(*_arguments: int) -> int:
        callers.append(os.getpid())
        return 0

    monkeypatch.setattr(syscalls, "migrate_pages", note)
    play_own_honest("migrate_pages")
    assert callers == [os.getpid()]
