"""Paths and socket addresses, by kprobes, gated: each call and each stage, with what was there."""

from __future__ import annotations

from typing import Any

import pytest

from detector.simulate.table import SCENARIOS
from detector.simulate.text_calls import TEXT_CALLS
from tests.kernel.scenes import Ran, run_scenarios, truth

TIMES = 23
CALLS = ("move_pages", *(call.syscall for call in TEXT_CALLS))
OF_TEXTS = {
    name: scenario.truth(1).calls[0].kind
    for name, scenario in SCENARIOS.items()
    if scenario.truth(1).calls[0].texts
}
HONEST = tuple(name for name, kind in OF_TEXTS.items() if kind == "none")
RACED = tuple(name for name in OF_TEXTS if name not in HONEST)


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    folder = tmp_path_factory.mktemp("texts")
    watched = ("--syscalls", ",".join(CALLS))
    return run_scenarios(folder, (*HONEST, *RACED), TIMES, *watched, "--gate")


def argument(finding: dict[str, Any], name: str) -> dict[str, Any]:
    (found,) = [found for found in finding["arguments"] if found["argument"] == name]
    return found


def test_every_stage_is_armed_and_nothing_is_lost(ran: Ran) -> None:
    assert [stage for stage in ran.observation["stages"] if not stage["armed"]] == []
    assert ran.observation["lost"] == {}
    assert ran.observation["incomplete"] == 0
    assert ran.status == 10, ran.stderr[-2000:]


@pytest.mark.parametrize("scenario", HONEST)
def test_honest_calls_give_no_finding(ran: Ran, scenario: str) -> None:
    assert ran.of(scenario) == []


@pytest.mark.parametrize("scenario", RACED)
def test_raced_calls_are_found_with_kind_window_and_contents(ran: Ran, scenario: str) -> None:
    calls = truth(scenario, TIMES)["calls"]
    found = ran.of(scenario)
    assert len(found) == len(calls) == TIMES
    for call, finding in zip(calls, found, strict=True):
        assert finding["kind"] == call["kind"]
        assert finding["severity"] == call["severity"]
        assert finding["call"]["error"] == call["error"]
        assert finding["call"]["syscall"] == call["syscall"]
        for name, expected in call["texts"].items():
            got = argument(finding, name)
            assert (got["kind"] or "none") == expected["kind"]
            window = got["window"] and f"{got['window']['from']}→{got['window']['to']}"
            assert window == expected["window"]
            if call["syscall"] == "move_pages":
                continue  # its pages lie at another place in each playing
            looks = {stage: (got["looks"][stage] or {}) for stage in ("entry", "use", "exit")}
            assert looks["use"].get("value") == expected["use"]
            if expected["exit"] is not None:
                assert looks["exit"].get("value") == expected["exit"]


@pytest.mark.parametrize("scenario", ["move_pages-node", "move_pages-restore"])
def test_the_nodes_that_pages_were_moved_to_are_told(ran: Ran, scenario: str) -> None:
    for finding in ran.of(scenario):
        looks = argument(finding, "nodes")["looks"]
        entry, used, after = (looks[stage]["value"].split(", ") for stage in looks)
        assert used == [entry[0]] * 4
        assert entry[3] != used[3]
        assert after == (entry if scenario == "move_pages-restore" else used)
        assert finding["call"]["copy_observed"]
        assert finding["rule"]["id"] == "array-node-race"
