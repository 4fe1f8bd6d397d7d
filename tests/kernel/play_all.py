"""Play scenarios one after another, and write when each one ran: {name: [from, to]}, boot ns."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path


def main(out: Path, times: str, names: list[str]) -> None:
    """Play each of `names` `times` times in a process of its own."""
    spans = {}
    for name in names:
        began = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
        subprocess.run(["toctrace", "simulate", name, "--times", times], check=True)
        spans[name] = [began, time.clock_gettime_ns(time.CLOCK_BOOTTIME)]
    out.write_text(json.dumps(spans))


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3:])
