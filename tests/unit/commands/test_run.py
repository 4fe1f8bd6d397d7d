"""`run` where nothing can be observed: by a bcc of no use, and by a kernel without kprobes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

CHECKOUT = Path(__file__).parents[3]
HAS_KPROBES = Path("/sys/bus/event_source/devices/kprobe").exists()
BROKEN = {
    "no bcc": 'raise ImportError("none here")\n',
    "an unrelated bcc": "",
    "no kprobes": None,
}
"""The text of a bcc in place of the real one; None: the real one."""


@pytest.fixture(params=BROKEN)
def blind(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A folder to import bcc from."""
    text = BROKEN[request.param]
    if text is None and HAS_KPROBES:
        pytest.skip("this kernel has kprobes")
    folder = tmp_path / "path"
    folder.mkdir()
    if text is not None:
        (folder / "bcc.py").write_text(text)
    return folder


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "detector", "run", "--backend", "kprobe", *arguments],
        cwd=CHECKOUT,
        env={**os.environ, "PYTHONPATH": str(folder)},
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )


def read(path: Path) -> Any:
    return json.loads(path.read_text())


def test_the_command_is_not_started_and_the_status_file_says_so(
    blind: Path, tmp_path: Path
) -> None:
    ran, status = tmp_path / "ran", tmp_path / "status.json"
    done = run(blind, "--status", str(status), "--", "touch", str(ran))
    assert done.returncode == 11
    assert not ran.exists()
    assert "unobserved" in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
    told = read(status)
    assert (told["exit_status"], told["tool_status"], told["command_status"]) == (11, 11, None)
    assert told["observation"]["outcome"] == "could not observe"
    assert not any(stage["armed"] for stage in told["observation"]["stages"])


@pytest.mark.parametrize(("script", "status"), [("true", 0), ("exit 7", 7), ("kill -9 $$", 137)])
def test_where_that_is_allowed_the_command_runs_and_its_status_comes_through(
    script: str, status: int, blind: Path, tmp_path: Path
) -> None:
    file = tmp_path / "status.json"
    arguments = ("--allow-unobserved", "--status", str(file), "--", "sh", "-c")
    done = run(blind, *arguments, f"echo out; {script}")
    assert done.returncode == status
    assert done.stdout == "out\n"
    told = read(file)
    assert (told["exit_status"], told["tool_status"], told["command_status"]) == (status, 0, status)
    assert told["observation"]["outcome"] == "could not observe"
    assert "Could not observe" in done.stderr
