from __future__ import annotations

import os

import pytest

from detector.errors import SimulationError
from detector.simulate.child import call_in_child


def test_what_the_child_returns_comes_back_whole() -> None:
    assert call_in_child(lambda: list(range(100_000))) == list(range(100_000))


def test_it_is_another_process() -> None:
    assert call_in_child(lambda: [os.getpid(), os.getppid()])[1] == os.getpid()


def test_an_error_of_the_child_is_raised_here() -> None:
    def fail() -> list[int]:
        raise SimulationError("because")

    with pytest.raises(SimulationError, match="because"):
        call_in_child(fail)


def test_a_child_that_dies_is_told() -> None:
    with pytest.raises(SimulationError, match="died"):
        call_in_child(lambda: os._exit(3))
