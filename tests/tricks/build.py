"""Compiling the tricks."""

from __future__ import annotations

import subprocess
from pathlib import Path

HERE = Path(__file__).parent
STRICT = ("-O1", "-g", "-Wall", "-Wextra", "-Werror", "-pthread")


def build(folder: Path) -> Path:
    """Compile all of it into `folder`; give the program."""
    program = folder / "tricks"
    subprocess.run(["gcc", *STRICT, "-o", program, *sorted(HERE.glob("*.c"))], check=True)
    return program
