"""Honest programs alarm nobody under every system call of the table: `scripts/honest` in short."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

SHORT = Path(__file__).parents[2] / "scripts" / "lib" / "honest.py"
SECONDS = 3
PROGRAMS = ("git clone", "make -j2", "nginx", "stress-ng, opens")
"""apt-get and NUMA are test_honest_programs.py's."""
DEADLINE_S = 1200


def test_no_honest_program_raises_an_alarm_under_the_whole_set() -> None:
    done = subprocess.run(
        [sys.executable, SHORT, "--seconds", str(SECONDS), *PROGRAMS],
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
        check=False,
    )
    assert done.returncode == 0, f"{done.stdout}\n{done.stderr[-4000:]}"
