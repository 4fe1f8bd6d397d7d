"""Programs that call migrate_pages honestly raise no alarm and are never refused."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from detector.model.finding import Severity
from tests.kernel.rules import ENFORCE_RACED as RULE

DEADLINE_S = 900
HERE = Path(__file__).parent
ALARMING = {severity.value for severity in Severity if severity.at_least(Severity.WARNING)}


def run_enforced(folder: Path, *command: str | Path) -> tuple[int, list[dict[str, Any]], str]:
    """Run a command while raced calls are refused."""
    output, rule = folder / "out.jsonl", folder / "enforce-nodemask.yaml"
    rule.write_text(RULE)
    options = ("--enforce", "--i-understand", "--rules", rule, "--output", output)
    done = subprocess.run(
        ["toctrace", "run", *options, "--", *command],
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
        check=False,
    )
    return done.returncode, list(map(json.loads, output.read_bytes().splitlines())), done.stderr


def test_migratepages_stress_ng_and_apt_get_raise_no_alarm_and_are_not_refused(
    tmp_path: Path,
) -> None:
    status, lines, stderr = run_enforced(tmp_path, HERE / "honest_programs.sh", tmp_path / "work")
    *findings, observation = lines
    assert [line for line in findings if line["severity"] in ALARMING] == []
    assert status == 0, stderr
    assert observation["command_status"] == 0, stderr
    assert observation["lost"] == {}
    counted = json.loads((tmp_path / "work" / "least").read_text())
    assert observation["judged"] >= counted
    # a page on its way between nodes cannot be read for a moment
    assert set(observation["enforcement"]["calls"]) <= {"let through"}


@pytest.mark.parametrize("times", [3])
def test_run_inside_a_pid_namespace_finds_the_race(tmp_path: Path, times: int) -> None:
    output = tmp_path / "out.jsonl"
    inside = ["unshare", "--pid", "--fork", "--mount-proc", "toctrace", "run", "--all"]
    race = [
        *("--syscalls", "migrate_pages", "--output", output, "--"),
        *("toctrace", "simulate", "flip-old", "--times", str(times)),
    ]
    done = subprocess.run(
        [*inside, *race], capture_output=True, text=True, timeout=DEADLINE_S, check=False
    )
    assert done.returncode == 10, done.stderr
    *findings, observation = map(json.loads, output.read_bytes().splitlines())
    assert [finding["kind"] for finding in findings] == ["race"] * times
    assert observation["judged"] == times
    assert observation["lost"] == {}
