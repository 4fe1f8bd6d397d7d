"""With and without the gate, the findings on nodemasks and the counts are the same."""

from __future__ import annotations

from typing import Any

import pytest

from detector.simulate import SCENARIOS
from tests.kernel.scenes import DETERMINISTIC, STORM, Ran, run_scenarios

TIMES = 3


@pytest.fixture(scope="module")
def gated(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    folder = tmp_path_factory.mktemp("gated")
    return run_scenarios(folder, (*DETERMINISTIC, STORM), TIMES, "--gate")


@pytest.fixture(scope="module")
def ungated(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    folder = tmp_path_factory.mktemp("ungated")
    return run_scenarios(folder, (*DETERMINISTIC, STORM), TIMES, "--no-gate")


def told(finding: dict[str, Any]) -> dict[str, Any]:
    """What a finding says of its call, without what differs from run to run."""
    same = {key: finding[key] for key in ("kind", "kinds", "severity", "confidence", "window")}
    masks = [
        {key: mask[key] for key in ("argument", "kind", "window", "came", "went", "pairs")}
        | {
            "looks": {
                s: look and (look["read"], look["nodes"]) for s, look in mask["looks"].items()
            }
        }
        for mask in finding["masks"]
    ]
    call = {key: finding["call"][key] for key in ("syscall", "abi", "returned", "error")}
    return same | {"masks": masks, "call": call, "rule": finding["rule"]["id"]}


@pytest.mark.parametrize("scenario", DETERMINISTIC)
def test_findings_are_the_same_with_the_gate_and_without(
    gated: Ran, ungated: Ran, scenario: str
) -> None:
    found = [told(finding) for finding in gated.of(scenario)]
    assert found == [told(finding) for finding in ungated.of(scenario)]
    raced = [call for call in SCENARIOS[scenario].truth(TIMES).calls if call.kind != "none"]
    assert [finding["kind"] for finding in found] == [call.kind for call in raced]


@pytest.mark.parametrize("way", ["gated", "ungated"])
def test_every_call_counts_as_judged(way: str, request: pytest.FixtureRequest) -> None:
    ran: Ran = request.getfixturevalue(way)
    made = sum(SCENARIOS[name].truth(TIMES).call_count for name in (*DETERMINISTIC, STORM))
    assert ran.observation["judged"] == made + ran.preparing
    assert ran.observation["lost"] == {}
    assert ran.observation["incomplete"] == ran.observation["cut_by_end"] == 0
