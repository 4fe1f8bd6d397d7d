"""The scenarios, played on this very host: what they return is certain here, too."""

from __future__ import annotations

import threading

import pytest

from detector.errors import SimulationError
from detector.simulate import script
from detector.simulate.host import Host, read_host
from detector.simulate.player import error_of, play
from detector.simulate.scenario import Scenario
from detector.simulate.scenarios.batches import BATCHES
from detector.simulate.table import SCENARIOS

TIMES = 23
NEEDS_TWO_NODES = {"clean-cpuset"} | {one.name for one in BATCHES}


@pytest.mark.usefixtures("held_calls")
@pytest.mark.parametrize("name", [name for name in SCENARIOS if name not in NEEDS_TWO_NODES])
def test_played_23_times_every_call_returns_what_is_certain(name: str) -> None:
    times = TIMES if SCENARIOS[name].certain else 1
    threads = threading.active_count()
    played = play(name, times)
    assert played.call_count == SCENARIOS[name].truth(times).call_count
    assert played.succeeded + sum(played.errors.values()) == played.call_count
    assert threading.active_count() == threads


@pytest.mark.parametrize("scenario", BATCHES, ids=[one.name for one in BATCHES])
def test_on_one_node_nothing_can_be_moved(scenario: Scenario) -> None:
    with pytest.raises(SimulationError, match="to no other node: that takes two nodes"):
        scenario.perform(Host((0,)), 1)


def test_one_node_cannot_be_narrowed() -> None:
    if len(read_host().nodes) > 1:
        pytest.skip("this host has more than one node")
    with pytest.raises(SimulationError, match="one memory node cannot be narrowed"):
        play("clean-cpuset", 1)


def test_errors_returns_every_error_the_same_number_of_times() -> None:
    played = play("errors", TIMES)
    assert played.errors == {
        "EPERM": TIMES,
        "ESRCH": TIMES,
        "EINVAL": 2 * TIMES,
        "EFAULT": 2 * TIMES,
    }


@pytest.mark.parametrize(
    ("value", "error"), [(0, None), (3, None), (-3, "ESRCH"), (-9999, "-9999")]
)
def test_pages_that_could_not_be_moved_are_no_error(value: int, error: str | None) -> None:
    assert error_of(value) == error


def test_a_call_that_is_refused_by_somebody_else_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("detector.simulate.syscalls.migrate_pages", lambda *_arguments: -1)
    with pytest.raises(SimulationError, match="ended with EPERM where success is certain"):
        play("clean", 1)


@pytest.mark.usefixtures("held_calls")
def test_a_raced_call_that_never_reaches_the_kernel_is_told() -> None:
    with pytest.raises(SimulationError, match="not read by the kernel"):
        script.play_script(
            script.Script(while_old_held=(("old", "second"),)),
            read_host(),
            1,
            lambda *_arguments: -1,
        )
