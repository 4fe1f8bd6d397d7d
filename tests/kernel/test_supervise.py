"""The supervisors' window: what they read before they decide, against what the kernel copied."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from tests.kernel.scenes import HERE, Ran, replay, run, run_scenarios, truth
from tests.kernel.test_scenarios import mask, seen

TIMES = 7
RACED = {"supervised-seccomp": "seccomp-notify", "supervised-ptrace": "tracer"}
CLEAN = ("seccomp-clean", "ptrace-clean", "clean", "errors", "mbind-clean")
BEFORE = ("flip-old", "compat", "mempolicy-flip")
"""Races without a supervisor: found as ever."""
SCENARIOS = (*RACED, *CLEAN, *BEFORE)
STAGES = ("supervise", "entry", "copy", "use", "exit")


@pytest.fixture(scope="module")
def supervised(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    folder = tmp_path_factory.mktemp("supervised")
    return run_scenarios(folder, SCENARIOS, TIMES, "--supervise", "--gate")


def raced_of(ran: Ran, scenario: str) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    calls = [call for call in truth(scenario, TIMES)["calls"] if call["kind"] != "none"]
    return list(zip(calls, ran.of(scenario), strict=True))


def test_the_stage_is_armed_at_both_places_and_nothing_is_lost(supervised: Ran) -> None:
    via = {s["via"] for s in supervised.observation["stages"] if s["stage"] == "supervise"}
    assert len(via) == 2
    assert any("seccomp_do_user_notification" in one for one in via)
    assert any("ptrace_notify" in one for one in via)
    assert [stage for stage in supervised.observation["stages"] if not stage["armed"]] == []
    assert supervised.observation["lost"] == {}
    assert supervised.observation["incomplete"] == 0
    assert supervised.status == 10, supervised.stderr[-4000:]


def test_every_call_that_was_made_is_judged_once(supervised: Ran) -> None:
    made = sum(truth(name, TIMES)["call_count"] for name in SCENARIOS)
    assert supervised.observation["judged"] == made + supervised.preparing


@pytest.mark.parametrize("scenario", CLEAN)
def test_honest_calls_give_no_finding(supervised: Ran, scenario: str) -> None:
    assert supervised.of(scenario) == []


@pytest.mark.parametrize("scenario", RACED)
def test_a_beaten_supervisor_is_found_with_its_window_and_named(
    supervised: Ran, scenario: str
) -> None:
    found = raced_of(supervised, scenario)
    assert len(found) == TIMES
    for call, finding in found:
        assert finding["kind"] == "race"
        assert finding["severity"] == call["severity"]
        assert finding["window"] == {"from": "supervise", "to": "copy"}
        for name, expected in call["masks"].items():
            looks = mask(finding, name)["looks"]
            assert {s: seen(looks[s]) for s in STAGES} == {s: expected[s] for s in STAGES}
        old = mask(finding, "old_nodes")
        deceived = {o["stage"]: o["deceived"] for o in old["observers"]}
        assert deceived == {"supervise": True, "entry": False, "exit": False}
        assert old["went"]["nodes"] == call["masks"]["old_nodes"]["supervise"]
        who = RACED[scenario]
        assert finding["observers"]["asked"] == [who]
        assert finding["observers"]["deceived"] == [who]
        assert who in finding["observers"]["present"]


@pytest.mark.parametrize("scenario", BEFORE)
def test_calls_without_a_supervisor_are_judged_as_ever(supervised: Ran, scenario: str) -> None:
    found = raced_of(supervised, scenario)
    assert len(found) == TIMES
    for call, finding in found:
        assert finding["kind"] == call["kind"]
        assert finding["observers"]["asked"] == []
        assert all("supervise" not in found["looks"] for found in finding["masks"])


@pytest.mark.parametrize(("way", "gate"), [("seccomp", "--gate"), ("ptrace", "--no-gate")])
def test_a_refused_call_is_no_loss_and_no_finding(tmp_path: Path, way: str, gate: str) -> None:
    command = [sys.executable, str(HERE / "play_refused.py"), way, str(TIMES)]
    status, lines, stderr = run(tmp_path, command, "--supervise", gate)
    assert status == 0, stderr[-4000:]
    (observation,) = lines
    assert observation["lost"] == {}
    assert observation["incomplete"] == 0
    # two masks are mapped, each by a call of mbind
    assert observation["judged"] == TIMES // 2 + 2
    refused = TIMES - TIMES // 2
    assert any(f"refused {refused} calls" in note for note in observation["notes"])


def test_without_being_asked_nothing_is_attached_there(tmp_path: Path) -> None:
    ran = run_scenarios(tmp_path, (*RACED, "flip-old"), TIMES, "--gate")
    assert "supervise" not in {state["stage"] for state in ran.observation["stages"]}
    assert ran.observation["lost"] == {}
    assert all(ran.of(scenario) == [] for scenario in RACED)
    assert len(ran.of("flip-old")) == TIMES


def test_a_recording_has_the_look_and_judges_the_same(tmp_path: Path) -> None:
    ran = run_scenarios(tmp_path, tuple(RACED), TIMES, "--supervise")
    status, lines = replay(ran.case, 300)
    again = [line for line in lines if line["type"] == "finding"]
    assert status == 10
    assert len(again) == len(ran.findings) == 2 * TIMES
    assert {f["window"]["from"] for f in again} == {"supervise"}


def test_by_fentry_supervisors_are_seen_as_well(tmp_path: Path) -> None:
    fentry = ("--supervise", "--backend", "fentry", "--gate")
    ran = run_scenarios(tmp_path, (*RACED, "seccomp-clean"), TIMES, *fentry)
    assert ran.observation["lost"] == {}
    assert [len(ran.of(scenario)) for scenario in RACED] == [TIMES, TIMES]
    assert ran.of("seccomp-clean") == []
