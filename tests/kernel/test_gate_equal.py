"""With and without the gate, the findings and the counts are the same."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from detector.capture.capture import Capture, own_pidfd
from detector.capture.filters import Filters
from detector.capture.wire import Seed
from detector.model.snapshot import Loss, Snapshot
from detector.model.stage import Stage
from detector.simulate import SCENARIOS, play
from detector.syscalls.migrate_pages import MIGRATE_PAGES
from tests.kernel.scenes import DETERMINISTIC, HONEST, STORM, Ran, run_scenarios

TIMES = 3
FLOOD = 3_000


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


def call_of(scenario: str) -> str:
    """Give the system call that a scenario makes."""
    return SCENARIOS[scenario].truth(1).calls[0].syscall


@pytest.fixture
def marked() -> Iterator[Capture]:
    """A capture that watches this thread."""
    with Capture((MIGRATE_PAGES,)) as capture:
        mark_self(capture)
        yield capture


def mark_self(capture: Capture) -> None:
    pidfd = own_pidfd()
    capture.mark(pidfd, Seed.MARKED)
    os.close(pidfd)


def read(capture: Capture) -> list[Snapshot | Loss]:
    return capture.read(200) + capture.read(0)


def test_an_honest_flood_takes_no_room_and_is_counted(marked: Capture) -> None:
    marked.arm(Filters(marked=True), gated=True)
    made = play("clean", FLOOD).call_count
    totals = marked.totals()
    arrived = [item for item in read(marked) if isinstance(item, Snapshot)]
    assert totals.lost == {}
    assert totals.begun == totals.exited == totals.equal + totals.sent == made
    # a page on its way between nodes cannot be read for a moment: such a call is sent
    assert totals.sent <= made / 10
    assert len({snapshot.call for snapshot in arrived}) == totals.sent


@pytest.mark.parametrize("scenario", [name for name in HONEST if call_of(name) == "migrate_pages"])
def test_a_narrowed_mask_is_no_difference_and_an_error_of_the_copy_is_sent(
    marked: Capture, scenario: str
) -> None:
    marked.arm(Filters(), gated=True)  # clean-cpuset calls from a child
    made = play(scenario, TIMES).call_count
    totals = marked.totals()
    assert totals.equal + totals.sent == made
    if scenario == "clean-cpuset":
        assert totals.equal > totals.sent


def without_exit() -> Any:
    probes = tuple(
        msgspec.structs.replace(probe, symbols=("no_such_function",))
        if probe.stage is Stage.EXIT
        else probe
        for probe in MIGRATE_PAGES.probes
    )
    return msgspec.structs.replace(MIGRATE_PAGES, probes=probes)


def test_a_call_whose_exit_is_missed_is_sent_when_its_task_makes_another() -> None:
    with Capture((without_exit(),)) as capture:
        assert not capture.gateable
        mark_self(capture)
        capture.arm(Filters(marked=True), gated=True)
        made = play("clean", 1).call_count
        first = [item for item in read(capture) if isinstance(item, Snapshot)]
        assert capture.totals().held == 1
        assert len({snapshot.call for snapshot in first}) == made - 1
        play("clean", 1)
        arrived = [item for item in read(capture) if isinstance(item, Snapshot)]
        stages = [s.stage for s in arrived if s.call == arrived[0].call]
        assert stages == [Stage.ENTRY, Stage.COPY, Stage.COPY, Stage.USE]
        assert [s.sequence for s in arrived[:4]] == [0, 1, 2, 3]
        assert {s.task for s in arrived[:4]} == {arrived[0].task}
        assert capture.totals().lost == {"exit probe missed": 2 * made - 1}


def test_own_calls_pass_the_gate(marked: Capture) -> None:
    marked.arm(Filters(marked=True), gated=True)
    pidfd = own_pidfd()
    marked.mark(pidfd, Seed.OWN)
    play("clean", 1)
    marked.unmark(pidfd)
    os.close(pidfd)
    marked.peek()
    unasked = {Stage.SUPERVISE}  # armed only where it is asked for
    assert {snapshot.stage for snapshot in marked.take_own()} == set(Stage) - unasked
    assert marked.totals().equal == marked.totals().sent == 0
