from __future__ import annotations

from typing import Any

import pytest

from tests.kernel.scenes import DETERMINISTIC, HONEST, STORM, TIMES, Ran, truth

STAGES = ("entry", "copy", "use", "exit")


def mask(finding: dict[str, Any], name: str) -> dict[str, Any]:
    (found,) = [found for found in finding["masks"] if found["argument"] == name]
    return found


def seen(look: dict[str, Any] | None) -> object:
    """A look in the words of the truth: nodes, unreadable, invalid, or None for not reached."""
    if look is None:
        return None
    returned = look.get("returned") or 0
    if returned:
        return {-14: "unreadable", -22: "invalid"}[returned]
    return "unreadable" if look["read"] == "no" else look["nodes"]


def test_every_stage_is_armed_and_nothing_is_lost(ran: Ran) -> None:
    assert [stage for stage in ran.observation["stages"] if not stage["armed"]] == []
    assert ran.observation["lost"] == {}
    assert ran.observation["incomplete"] == 0
    assert ran.observation["command_status"] == 0
    assert ran.status == 10


def test_every_call_that_was_made_is_judged(ran: Ran) -> None:
    made = sum(truth(name, TIMES)["call_count"] for name in (*DETERMINISTIC, STORM))
    assert ran.observation["judged"] == made + ran.preparing


@pytest.mark.parametrize("scenario", HONEST)
def test_honest_calls_give_no_finding(ran: Ran, scenario: str) -> None:
    assert ran.of(scenario) == []


@pytest.mark.parametrize("scenario", [name for name in DETERMINISTIC if name not in HONEST])
def test_raced_calls_are_found_with_kind_window_and_bits_on_each_mask(
    ran: Ran, scenario: str
) -> None:
    raced = [call for call in truth(scenario, TIMES)["calls"] if call["kind"] != "none"]
    found = ran.of(scenario)
    assert len(found) == len(raced) >= TIMES
    for call, finding in zip(raced, found, strict=True):
        assert finding["kind"] == call["kind"]
        assert finding["severity"] == call["severity"]
        assert finding["call"]["error"] == call["error"]
        assert finding["call"]["syscall"] == call["syscall"]
        assert [found["argument"] for found in finding["masks"]] == list(call["masks"])
        for name, expected in call["masks"].items():
            got = mask(finding, name)
            assert (got["kind"] or "none") == expected["kind"]
            window = got["window"] and f"{got['window']['from']}→{got['window']['to']}"
            assert window == expected["window"]
            assert {s: seen(got["looks"][s]) for s in STAGES} == {s: expected[s] for s in STAGES}
            if window == "entry→copy" and expected["kind"] in {"race", "restore"}:
                entry = set(expected["entry"])
                copy = set(expected["copy"]) if isinstance(expected["copy"], list) else set()
                assert set(got["came"]["nodes"]) == copy - entry
                assert set(got["went"]["nodes"]) == entry - copy


def test_a_storm_gives_only_races_of_values_that_were_written(ran: Ran) -> None:
    written = {
        name: {
            frozenset(nodes)
            for call in truth(STORM, TIMES)["calls"]
            for nodes in call["masks"][name]["written"]
        }
        for name in truth(STORM, TIMES)["calls"][0]["masks"]
    }
    for finding in ran.of(STORM):
        assert finding["kind"] in {"race", "restore", "late", "blind"}
        for name, values in written.items():
            looks = mask(finding, name)["looks"]
            for stage in ("entry", "copy", "exit"):
                nodes = seen(looks[stage])
                if isinstance(nodes, list) and values:
                    assert frozenset(nodes) in values
