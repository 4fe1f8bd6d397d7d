"""A soak in short: every trick with its known truth, a flood, and disturbances."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from detector.exits import Exit
from detector.simulate import SCENARIOS
from disturb import Disturber
from flood import unfound
from soak import MOST_GROWTH, Soaked, soak
from soak_workload import LEAST_ROUNDS, ONCE
from tests.tricks.truth import TRUTH, Truth

SEED = 20261125
SHORT_S = 1
"""As many rounds as there must be."""
EVERY_S = 1.0
DISTURBANCES = {
    "reader stopped and continued",
    "clock stepped by hours",
    "processor unplugged and plugged",
}
STAGES = ("entry", "copy", "exit")


@pytest.fixture(scope="module")
def soaked(tmp_path_factory: pytest.TempPathFactory) -> Soaked:
    folder = tmp_path_factory.mktemp("soak")
    disturber = Disturber(host=True, every_s=EVERY_S)
    without = tuple(SCENARIOS)  # these are played by test_scenarios
    return soak(folder, SHORT_S, SEED, disturber, "--gate", without=without)


def of(soaked: Soaked, name: str) -> list[list[dict[str, Any]]]:
    """The findings of one trick round by round, by what old_nodes was at entry."""
    played = [part for part in soaked.played if part["name"] == name]
    assert len(played) == LEAST_ROUNDS
    return [
        sorted(
            soaked.watched.between(part["began"], part["ended"]),
            key=lambda finding: looks(finding, 0)[0] or [],
        )
        for part in played
    ]


def looks(finding: dict[str, Any], mask: int) -> list[list[int] | None]:
    told = [finding["masks"][mask]["looks"][stage] for stage in STAGES]
    return [None if look["read"] == "no" else look["nodes"] for look in told]


def listed(truth: Truth) -> list[list[list[int] | None]]:
    return [
        [None if nodes is None else list(nodes) for nodes in mask]
        for mask in (truth.old, truth.new)
    ]


@pytest.mark.parametrize("trick", TRUTH)
def test_a_trick_is_seen_for_what_it_is(soaked: Soaked, trick: str) -> None:
    for found in of(soaked, trick):
        assert [finding["kind"] for finding in found] == [truth.kind for truth in TRUTH[trick]]
        for finding, truth in zip(found, TRUTH[trick], strict=True):
            assert [looks(finding, mask) for mask in (0, 1)] == listed(truth)
            assert finding["task"]["comm"] == truth.comm
            assert finding["call"]["error"] is None


def test_processes_whose_numbers_collide_are_told_apart(soaked: Soaked) -> None:
    for found in of(soaked, "colliding-pids"):
        one, other = (finding["task"] for finding in found)
        assert one["ns_pid"] == other["ns_pid"] == 1
        assert one["pid"] != other["pid"]
        assert one["pid_namespace"] != other["pid_namespace"]


def test_processes_that_race_once_each_are_all_found(soaked: Soaked) -> None:
    for found in of(soaked, "many"):
        assert len({finding["task"]["pid"] for finding in found}) == len(found) == ONCE


def test_every_race_of_the_flood_is_found_and_nothing_is_lost(soaked: Soaked) -> None:
    assert soaked.races
    assert unfound(soaked.races, soaked.watched) == []
    assert soaked.watched.observation["lost"] == {}
    assert soaked.watched.status == Exit.FOUND


def test_calls_made_are_calls_judged(soaked: Soaked) -> None:
    assert soaked.drift == 0
    assert soaked.watched.said_lost == 0


def test_a_round_more_costs_no_memory_and_no_descriptor(soaked: Soaked) -> None:
    first, *_, last = soaked.rested
    assert last.descriptors <= first.descriptors
    assert last.threads <= first.threads
    assert last.resident <= MOST_GROWTH * first.resident


def test_it_went_on_while_reader_clock_and_processors_were_disturbed(soaked: Soaked) -> None:
    assert set(soaked.disturbed) == DISTURBANCES
    assert all(stage["armed"] for stage in soaked.watched.observation["stages"])


def test_a_clock_that_is_set_moves_no_finding(soaked: Soaked) -> None:
    apart = {
        round(
            datetime.fromisoformat(finding["time"]).timestamp() - finding["call"]["began_ns"] / 1e9
        )
        for finding in soaked.watched.findings
    }
    assert max(apart) - min(apart) <= 1
