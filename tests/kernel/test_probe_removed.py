"""Probes that are removed or switched off behind the tool's back: noticed and said, or no harm."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from detector.capture.capture import Capture
from detector.capture.kept import CLOSED
from detector.capture.switches import ENABLED, FTRACE, FTRACE_OFF, KPROBES_OFF
from detector.exits import Exit
from detector.live.verdict import Allowed
from detector.model.finding import Finding
from detector.model.judgement import Kind
from detector.model.observation import VANISHED
from detector.model.stage import Stage
from detector.syscalls.migrate_pages import MIGRATE_PAGES
from tests.kernel.sessions import begun_session

STEAL = Path(__file__).with_name("steal.py")
NOTICED_S = 20
"""Within these it must have been said."""
QUIET_S = 25
RACE = ("toctrace", "simulate", "flip-old", "--times", "1")


@pytest.fixture(autouse=True)
def _switched_on_again() -> Iterator[None]:
    yield
    ENABLED.write_text("1")
    FTRACE.write_text("1")


def run(folder: Path, script: str) -> tuple[int, list[dict[str, Any]], str]:
    """Run a script under the tool; what both say is in `folder`/log meanwhile."""
    log, output = folder / "log", folder / "out.jsonl"
    with log.open("w") as said:
        done = subprocess.run(
            [
                *("toctrace", "run", "--syscalls", "migrate_pages", "--output", output),
                *("--", "sh", "-ec", script),
            ],
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            check=False,
        )
    return done.returncode, [*map(json.loads, output.read_bytes().splitlines())], log.read_text()


def until_said(folder: Path) -> str:
    """Wait in a script until the loss is said; fails where it takes too long."""
    return f"timeout {NOTICED_S} sh -c 'until grep -q stage_lost {folder}/log; do sleep 0.2; done'"


def test_kprobes_that_are_switched_off_are_said_and_what_was_found_before_stays(
    tmp_path: Path,
) -> None:
    race = " ".join(RACE)
    script = f"{race}; echo 0 >{ENABLED}; {until_said(tmp_path)}; {race}"
    status, lines, log = run(tmp_path, script)
    *found, observation = lines
    assert [finding["kind"] for finding in found] == ["race"]
    assert status == Exit.FOUND, log
    assert observation["lost"] == {VANISHED: len(observation["notes"])}
    assert any(note.startswith("migrate_pages: the entry") for note in observation["notes"])
    for stage in observation["stages"]:
        # a fexit is no kprobe, and stays
        kept = stage["stage"] in {"copy", "exit"}
        assert stage["armed"] == kept
        assert kept or KPROBES_OFF in stage["reason"]


def test_without_function_tracing_all_is_lost_and_the_run_is_incomplete(tmp_path: Path) -> None:
    status, lines, log = run(tmp_path, f"echo 0 >{FTRACE}")  # and ends: it is looked once more
    [observation] = lines
    assert status == observation["tool_status"] == Exit.DEGRADED, log
    assert [stage["armed"] for stage in observation["stages"]] == [False] * 6
    assert all(FTRACE_OFF in stage["reason"] for stage in observation["stages"])
    assert "entry, copy, use, exit stages were lost while watching" in log


def test_stolen_descriptors_end_no_probe_and_a_long_quiet_run_no_stage(tmp_path: Path) -> None:
    script = f"{sys.executable} {STEAL} $PPID; sleep {QUIET_S}; {' '.join(RACE)}"
    status, lines, log = run(tmp_path, script)
    *found, observation = lines
    assert "disabled 0" not in log
    assert "not detached 0" not in log
    assert [finding["kind"] for finding in found] == ["race"]
    assert status == Exit.FOUND, log
    assert (observation["lost"], observation["notes"]) == ({}, [])
    assert all(stage["armed"] for stage in observation["stages"])
    assert "stage_lost" not in log


def close(capture: Capture, stage: Stage) -> None:
    """Close what a stage is taken by, as a debugger would."""
    via = {part for one in capture.stages if one.stage is stage for part in one.via.split(" + ")}
    for attached in capture._program.attached:
        if attached.via in via:
            os.close(attached.fd)


def lost(capture: Capture) -> set[Stage]:
    return {state.stage for state in capture.stages if CLOSED in state.reason}


def test_what_is_left_goes_on_where_a_stage_is_closed() -> None:
    found: list[Finding] = []
    with Capture((MIGRATE_PAGES,)) as capture:
        session = begun_session(capture, found)
        gone = set()
        for stage in (Stage.USE, Stage.EXIT):
            close(capture, stage)
            gone.add(stage)
            until = time.monotonic() + NOTICED_S
            while time.monotonic() < until and lost(capture) != gone:
                session.step(50)
            assert lost(capture) == gone
        subprocess.run(RACE, check=True)
        session.settle()
        observation = session.finish(Allowed())
    assert {state.stage for state in observation.stages if state.armed} == {Stage.ENTRY, Stage.COPY}
    assert observation.lost[VANISHED] == len(gone)
    assert [finding.kind for finding in found] == [Kind.RACE]
    assert observation.tool_status == Exit.FOUND
