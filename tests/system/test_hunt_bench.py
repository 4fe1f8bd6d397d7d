"""The short form of scripts/hunt-bench: the command with both engines, equal to the byte."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

CHECKOUT = Path(__file__).parents[2]


def test_both_engines_write_the_same_bytes_and_what_they_take_is_told() -> None:
    bench = CHECKOUT / "scripts" / "lib" / "hunt_bench.py"
    done = subprocess.run(
        [sys.executable, bench, "--hosts", "10", "--snapshots", "20000"],
        env={
            **os.environ,
            "PYTHONPATH": str(CHECKOUT),
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Results on 10 hosts: equal." in done.stdout
    rows = [line.split(" | ")[1] for line in done.stdout.splitlines() if line.startswith("| 10 ")]
    assert rows == ["decoding", "local", "spark"]
