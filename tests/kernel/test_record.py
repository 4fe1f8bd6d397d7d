"""What was recorded of a run in a real kernel is judged again as it was judged live."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from detector.model.process_change import Change, ProcessChange
from detector.model.snapshot import Snapshot
from detector.model.stage import Stage
from detector.recording.case import find_recordings
from detector.recording.chain import Chain
from detector.recording.reading import Block
from tests.kernel.scenes import DETERMINISTIC, HERE, STORM, TIMES, Ran

PLAYER = str(HERE / "play_all.py")
"""What each caller runs: forked from it, without an execve of its own."""
NOT_RECORDED: dict[str, object] = {"folded": {}, "sinks": []}
"""What the run said of the way out, which a replay does not go."""
NO_BCC = "import sys; sys.modules['bcc'] = None; from detector.cli import main; main()"
"""The tool where bcc cannot be imported."""


def replayed(*arguments: str | Path) -> tuple[int, list[dict[str, Any]]]:
    done = subprocess.run(
        [sys.executable, "-c", NO_BCC, "replay", "--format", "jsonl", *arguments],
        capture_output=True,
        check=False,
        timeout=300,
    )
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]


@pytest.fixture(scope="session")
def again(ran: Ran) -> tuple[int, list[dict[str, Any]]]:
    kept = os.environ.get("TOCTRACE_OUT")
    if kept:  # what a fixture of this version of the format can be made of
        shutil.copytree(ran.case, Path(kept) / "case", dirs_exist_ok=True)
    return replayed(ran.case)


@pytest.mark.parametrize("scenario", [*DETERMINISTIC, STORM])
def test_findings_are_those_of_the_live_run_field_by_field(
    ran: Ran, again: tuple[int, list[dict[str, Any]]], scenario: str
) -> None:
    began, ended = ran.spans[scenario]
    live = [f for f in ran.findings if began <= f["call"]["began_ns"] <= ended]
    found = [
        line
        for line in again[1]
        if line["type"] == "finding" and began <= line["call"]["began_ns"] <= ended
    ]
    assert found == live


def test_the_observation_and_the_exit_code_are_those_of_the_live_run(
    ran: Ran, again: tuple[int, list[dict[str, Any]]]
) -> None:
    status, lines = again
    # a replay gives each finding on its own: nothing is folded into alerts
    assert [line | NOT_RECORDED for line in lines] == [line | NOT_RECORDED for line in ran.lines]
    assert status == ran.observation["tool_status"] == 10


@pytest.mark.parametrize("way", ["log", "sink"])
def test_verify_calls_the_recording_whole_by_the_head_that_went_out(ran: Ran, way: str) -> None:
    logged = re.findall(r"recording_head.*head=([0-9a-f]+:\d+:[0-9a-f]{64})", ran.stderr)
    head = {"log": logged[-1], "sink": ran.case.parent / "arrived"}[way]
    done = subprocess.run(
        ["toctrace", "verify", ran.case, "--head", head],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout
    assert "whole and sealed" in done.stdout


def test_what_a_caller_did_before_its_calls_is_recorded_before_them(ran: Ran) -> None:
    (path,) = find_recordings([ran.case])
    programs: dict[int, tuple[str, ...]] = {}
    callers = 0
    for block in Chain(path).blocks():
        assert isinstance(block, Block)
        for record in block.records:
            if isinstance(record, ProcessChange):
                if record.kind in {Change.EXEC, Change.RUNNING}:
                    programs[record.tgid] = record.command_line
                if record.kind is Change.FORK:
                    programs[record.tgid] = programs.get(record.parent_tgid or 0, ())
            elif isinstance(record, Snapshot) and record.stage is Stage.ENTRY:
                callers += PLAYER in programs.get(record.task.tgid, ())
    assert callers > len(DETERMINISTIC) // 2 * TIMES
