"""What is seen by the tracepoints of system calls, on the kernel of this host."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from detector.capture.backends import TRACEPOINT
from detector.capture.capture import Capture, own_pidfd
from detector.capture.filters import Filters
from detector.capture.proof import prove
from detector.capture.wire import Seed
from detector.doctor.host import Host
from detector.doctor.kprobe_checks import absent
from detector.exits import Exit
from detector.model.snapshot import Snapshot
from detector.model.stage import Stage
from detector.simulate import SCENARIOS, play
from detector.simulate.own import play_own_honest, play_own_raced
from detector.syscalls.migrate_pages import MIGRATE_PAGES
from detector.syscalls.table import BY_NAME
from tests.kernel.scenes import run

TIMES = 5
SEEN = {
    "flip-old": "race",
    "flip-new": "race",
    "flip-both": "race",
    "flip-late": "race",  # nobody saw that the kernel had copied before
    "fail-after-copy": "race",
    "blind-old": "blind",
    "blind-new": "blind",
    # the tail that holds the call cannot be read at entry, and can at exit
    "restore": "blind",
    "withdrawn": "blind",
    "mbind-flip": "race",
    "mbind-blind": "blind",
    "mempolicy-flip": "race",
    "mempolicy-refused": "race",
}
"""By scenario: the kind of its raced calls as it is seen at entry and exit alone."""
HONEST = ("clean", "errors", "mbind-clean", "mempolicy-einval")
FLOOD = 3_000
CALLER = (sys.executable, str(Path(__file__).parents[1] / "kernel/caller.py"))
no_kprobes = pytest.mark.skipif(not absent(Host()), reason="this host has kprobes")


def preparing(scenario: str) -> int:
    """How many mbind a scenario of mbind makes of its own two mappings, besides those it is of."""
    return 2 if scenario.startswith("mbind-") else 0


def missing_of(syscall: str) -> list[str]:
    """Which stages of a call tracepoints cannot tell of."""
    return [stage.value for stage in (Stage.COPY, Stage.USE) if stage in BY_NAME[syscall].stages]


def observed(
    folder: Path, *command: str, backend: str = "tracepoint", options: tuple[str, ...] = ()
) -> tuple[int, list[Any], dict[str, Any]]:
    """Give the status, the findings and the observation of a run."""
    status, lines, stderr = run(folder, [*command], "--backend", backend, *options)
    if "Traceback" in stderr:
        pytest.fail(stderr)  # whole: an assertion would cut it
    return status, lines[:-1], lines[-1]


@pytest.mark.parametrize("scenario", SEEN)
@pytest.mark.parametrize("gate", ["--gate", "--no-gate"])
def test_what_lasts_until_exit_is_found_with_low_confidence(
    tmp_path: Path, scenario: str, gate: str
) -> None:
    play_it = ("toctrace", "simulate", scenario, "--times", str(TIMES))
    truth = SCENARIOS[scenario].truth(TIMES)
    options = (gate, "--syscalls", truth.calls[0].syscall)
    status, findings, observation = observed(tmp_path, *play_it, options=options)
    raced = [call for call in truth.calls if call.kind != "none"]
    # who holds a page is asked while the caller lives, and decides how severe blind is
    assert status in ({Exit.FOUND} if SEEN[scenario] == "race" else {Exit.FOUND, Exit.DEGRADED})
    assert [finding["kind"] for finding in findings] == [SEEN[scenario]] * len(raced)
    for finding in findings:
        assert finding["confidence"] == "low"
        assert finding["window"] == {"from": "entry", "to": "exit"}
        assert finding["call"]["copy_observed"] is False
        assert finding["call"]["stages_missing"] == missing_of(truth.calls[0].syscall)
        assert (
            finding["process"]["inode"] == Path("/proc/self/exe").stat().st_ino
        )  # the same Python
        assert finding["process"]["ancestors"][-1]["pid"] == 1
    assert observation["judged"] == truth.call_count + preparing(scenario)
    assert observation["lost"] == {}


@pytest.mark.parametrize("scenario", HONEST)
@pytest.mark.parametrize("gate", ["--gate", "--no-gate"])
def test_honest_calls_are_no_finding_and_never_clean(
    tmp_path: Path, scenario: str, gate: str
) -> None:
    play_it = ("toctrace", "simulate", scenario, "--times", str(TIMES))
    truth = SCENARIOS[scenario].truth(TIMES)
    options = (gate, "--syscalls", truth.calls[0].syscall)
    status, findings, observation = observed(tmp_path, *play_it, options=options)
    assert (status, findings) == (Exit.DEGRADED, [])
    assert observation["judged"] == truth.call_count + preparing(scenario)
    assert (observation["lost"], observation["incomplete"]) == ({}, 0)


def test_the_observation_names_the_backend_and_every_stage_that_is_missing(
    tmp_path: Path,
) -> None:
    status, _, observation = observed(tmp_path, "true", options=("--allow-degraded",))
    assert (status, observation["backend"]) == (Exit.CLEAN, "tracepoint")
    armed = {(stage["stage"], stage["abi"]): stage for stage in observation["stages"]}
    assert {key for key, stage in armed.items() if stage["armed"]} == {
        ("entry", "x86_64"),
        ("exit", "x86_64"),
    }
    assert all(stage["reason"] for stage in armed.values() if not stage["armed"])


@no_kprobes
def test_without_kprobes_tracepoints_stand_in_and_it_is_said(tmp_path: Path) -> None:
    output = tmp_path / "out"
    done = subprocess.run(
        ["toctrace", "run", "--output", output, "--", "true"],
        capture_output=True,
        text=True,
        check=False,
    )
    observation = json.loads(output.read_text().splitlines()[-1])
    assert (done.returncode, observation["backend"]) == (Exit.DEGRADED, "tracepoint")
    assert "backend_fallback" in done.stderr
    assert any("no kprobes" in note for note in observation["notes"])


@no_kprobes
def test_kprobes_that_were_asked_for_and_are_not_there_are_11(tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    status, _, observation = observed(tmp_path, "touch", str(ran), backend="kprobe")
    assert (status, observation["backend"]) == (Exit.UNOBSERVED, "none")
    assert not ran.exists()


@no_kprobes
def test_doctor_says_12_and_what_is_lost() -> None:
    done = subprocess.run(["toctrace", "doctor", "--json"], capture_output=True, check=False)
    report = json.loads(done.stdout)
    assert (done.returncode, report["exit_code"], report["verdict"]) == (12, 12, "some")
    assert report["tried"]
    lost = {check["id"] for check in report["checks"] if check["effect"] == "stage"}
    assert {"symbols.migrate_pages.copy.any", "symbols.migrate_pages.use.any"} <= lost


@pytest.fixture
def capture() -> Any:
    with Capture((MIGRATE_PAGES,), backend=TRACEPOINT) as opened:
        pidfd = own_pidfd()
        opened.mark(pidfd, Seed.MARKED)
        os.close(pidfd)
        yield opened


def test_both_stages_speak_at_calls_of_the_tools_own(capture: Capture) -> None:
    capture.arm(Filters(marked=True))
    assert prove(capture, play_own_honest, play_own_raced) == []


def test_a_caller_is_known_by_the_kernels_own_types(capture: Capture) -> None:
    capture.arm(Filters(marked=True))
    made = play("clean", 1).call_count
    snapshots = [item for item in capture.read(100) if isinstance(item, Snapshot)]
    assert [snapshot.stage for snapshot in snapshots] == [Stage.ENTRY, Stage.EXIT] * made
    task = snapshots[0].task
    stat = Path("/proc/self/stat").read_text().rpartition(")")[2].split()
    assert task.start_ns // 10_000_000 == int(stat[19])
    assert (task.tgid, task.tid, task.ns_tgid, task.ns_tid) == (os.getpid(),) * 4
    assert task.pid_namespace == Path("/proc/self/ns/pid").stat().st_ino
    assert task.comm == Path("/proc/self/comm").read_text().strip()


def test_a_caller_has_its_own_ids_and_name(capture: Capture) -> None:
    capture.arm(Filters(uid=65534))
    wanted = ("--uid", "65534", "--gid", "65533", "--comm", "fifteen-bytes-x")
    subprocess.run([*CALLER, *wanted, "1"], check=True)
    tasks = [item.task for item in capture.read(100) if isinstance(item, Snapshot)]
    callers = [(task.uid, task.gid, task.comm) for task in tasks]
    assert callers == [(65534, 65533, "fifteen-bytes-x")] * 2


def test_an_honest_flood_takes_no_room(capture: Capture) -> None:
    capture.arm(Filters(marked=True), gated=True)
    assert capture.gateable
    made = play("clean", FLOOD).call_count
    totals = capture.totals()
    assert (totals.equal, totals.sent, totals.lost) == (made, 0, {})
    assert capture.read(50) == []


def test_descendants_are_marked_and_forgotten(capture: Capture) -> None:
    capture.follow_descendants()
    capture.arm(Filters(marked=True))
    with subprocess.Popen(["cat"], stdin=subprocess.PIPE) as child:
        assert [(mark.tgid, mark.ns_tgid) for mark in capture.marked()] == [(child.pid,) * 2]
    assert capture.marked() == ()
    before = capture.totals().begun
    subprocess.run(["toctrace", "simulate", "clean", "--times", str(TIMES)], check=True)
    assert capture.totals().begun - before == TIMES
