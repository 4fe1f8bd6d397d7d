"""The published attack on observers that read arguments at a call's tracepoints, played.

An observer that is none of ours looks at each call's entry and exit, beside the tool.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from detector.simulate.scenarios import backlogs, fifos
from detector.simulate.text_calls import TEXT_CALLS
from tests.kernel.scenes import Ran, run_scenarios

TIMES = 4
HERE = Path(__file__).parent
BY_NAME = {call.syscall: call for call in TEXT_CALLS}


class Attack(NamedTuple):
    """One way of holding one call, and where it deceives whoever looks."""

    scenario: str
    syscall: str
    deceived: str
    kind: str
    window: tuple[str, str]


ATTACKS = (
    Attack("openat-flip", "openat", "enter", "race", ("entry", "use")),
    Attack("connect-flip", "connect", "enter", "race", ("entry", "use")),
    Attack("openat-fuse", "openat", "enter", "race", ("entry", "use")),
    Attack("connect-fuse", "connect", "enter", "race", ("entry", "use")),
    Attack("openat-late", "openat", "exit", "late", ("use", "exit")),
    Attack("connect-late", "connect", "exit", "late", ("use", "exit")),
    Attack("openat-fuse-late", "openat", "exit", "late", ("use", "exit")),
)
BLIND = {"openat-blind": "openat", "connect-blind": "connect"}
HONEST = ("openat-clean", "connect-clean", "connect-waits", "openat-fuse-clean")
each_attack = pytest.mark.parametrize("attack", ATTACKS, ids=[each.scenario for each in ATTACKS])


class Seen(NamedTuple):
    """What the tool found, and what the observer saw."""

    ran: Ran
    looks: list[dict[str, Any]]

    def of(self, scenario: str, syscall: str, stage: str) -> list[dict[str, Any]]:
        """Give the observer's looks at a scenario's own calls, in order: of the same task, which is
        in one call at a time. Elsewhere others open files all the while.
        """
        looks = [x for x in self.looks if (x["syscall"], x["stage"]) == (syscall, stage)]
        return [_nearest(looks, finding, stage) for finding in self.ran.of(scenario)]


def _nearest(looks: list[dict[str, Any]], finding: dict[str, Any], stage: str) -> dict[str, Any]:
    """Give the last look before a call, or the first one after it, by its own task."""
    call = finding["call"]
    own = [look for look in looks if look["tid"] == finding["task"]["tid"]]
    if stage == "enter":
        return max((look for look in own if look["at"] <= call["began_ns"]), key=at)
    return min((look for look in own if look["at"] >= call["ended_ns"]), key=at)


def at(look: dict[str, Any]) -> int:
    return int(look["at"])


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Seen:
    folder = tmp_path_factory.mktemp("phantom")
    out = folder / "looks.jsonl"
    command = [sys.executable, str(HERE / "observer.py"), str(out)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as observer:
        assert observer.stdout is not None
        try:
            assert observer.stdout.readline() == "ready\n"
            names = (*(each.scenario for each in ATTACKS), *BLIND, *HONEST)
            ran = run_scenarios(folder, names, TIMES, "--syscalls", "openat,connect", "--gate")
        finally:
            observer.terminate()
    assert observer.returncode == 0
    return Seen(ran, [json.loads(line) for line in out.read_text().splitlines()])


def contents(attack: Attack, repetition: int) -> tuple[bytes, bytes]:
    """Give what the attack shows in a call, and what the kernel uses."""
    if attack.kind == "race":
        call = BY_NAME[attack.syscall]
        return call.first(repetition), call.second(repetition)
    if attack.syscall == "connect":
        return backlogs.address_of(backlogs.SHOWN), backlogs.address_of(backlogs.USED)
    return fifos.SHOWN.encode() + b"\0", fifos.USED.encode() + b"\0"


def test_nothing_is_lost(seen: Seen) -> None:
    assert seen.ran.observation["lost"] == {}
    assert seen.ran.observation["incomplete"] == 0
    assert seen.ran.status == 10, seen.ran.stderr[-2000:]


@each_attack
def test_the_observer_is_deceived(seen: Seen, attack: Attack) -> None:
    looks = seen.of(attack.scenario, attack.syscall, attack.deceived)
    assert len(looks) == TIMES
    for repetition, look in enumerate(looks):
        shown, used = contents(attack, repetition)
        content = bytes.fromhex(look["content"])
        assert content
        assert shown.startswith(content)
        assert not used.startswith(content)
        assert look["partly"] == (attack.kind == "race")


@each_attack
def test_the_tool_tells_both_contents(seen: Seen, attack: Attack) -> None:
    found = seen.ran.of(attack.scenario)
    assert len(found) == TIMES
    for finding in found:
        assert finding["kind"] == attack.kind
        assert finding["call"]["syscall"] == attack.syscall
        [argument] = finding["arguments"]
        assert (argument["window"]["from"], argument["window"]["to"]) == attack.window
        looks = argument["looks"]
        shown = looks["entry" if attack.deceived == "enter" else "exit"]["value"]
        assert shown
        assert looks["use"]["value"] not in {None, shown}


@pytest.mark.parametrize("scenario", BLIND)
def test_whom_nothing_is_shown_the_tool_calls_blind(seen: Seen, scenario: str) -> None:
    looks = seen.of(scenario, BLIND[scenario], "enter")
    assert [look["content"] for look in looks] == [""] * TIMES
    found = seen.ran.of(scenario)
    assert [finding["kind"] for finding in found] == ["blind"] * TIMES
    assert all(finding["arguments"][0]["looks"]["use"]["value"] for finding in found)


@pytest.mark.parametrize("scenario", HONEST)
def test_calls_that_are_held_alike_and_honest_give_no_finding(seen: Seen, scenario: str) -> None:
    assert seen.ran.of(scenario) == []
