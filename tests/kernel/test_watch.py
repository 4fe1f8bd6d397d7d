"""`watch` lets through what its filter names, and ends by itself after the calls asked for."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

DEADLINE_S = 600
CALLER = (sys.executable, str(Path(__file__).parent / "caller.py"))
COMM = "wanted-one"
MOST = 5


def test_watch_ends_after_max_calls_of_those_that_its_filter_names(tmp_path: Path) -> None:
    output = tmp_path / "out.jsonl"
    options = (
        "--syscalls",
        "migrate_pages",
        "--comm",
        COMM,
        "--max-calls",
        str(MOST),
        "--output",
        output,
    )
    with subprocess.Popen(
        ["toctrace", "watch", *options],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as watch:
        assert watch.stderr
        log = []
        for line in watch.stderr:
            log.append(line)
            if "watching" in line:
                break
        subprocess.run([*CALLER, "--comm", "another-one", str(MOST)], check=True)
        subprocess.run([*CALLER, "--comm", COMM, str(MOST)], check=True)
        log += watch.communicate(timeout=DEADLINE_S)[1].splitlines()
    assert watch.returncode == 0, log
    [observation] = map(json.loads, output.read_bytes().splitlines())
    assert observation["type"] == "observation"
    assert observation["judged"] == MOST
    assert observation["lost"] == {}
