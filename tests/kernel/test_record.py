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

from tests.kernel.scenes import DETERMINISTIC, STORM, Ran

NOT_FOLDED: dict[str, object] = {"folded": {}}
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
    assert [line | NOT_FOLDED for line in lines] == [line | NOT_FOLDED for line in ran.lines]
    assert status == ran.observation["tool_status"] == 10


def test_verify_calls_the_recording_whole_by_the_head_that_went_to_the_log(ran: Ran) -> None:
    heads = re.findall(r"recording_head.*head=([0-9a-f]+:\d+:[0-9a-f]{64})", ran.stderr)
    done = subprocess.run(
        ["toctrace", "verify", ran.case, "--head", heads[-1]],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout
    assert "whole and sealed" in done.stdout
