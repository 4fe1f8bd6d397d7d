"""Play one raced process after another, each until a finding of `toctrace run` names its writer.

Run by `toctrace run --name-writer --all --output FINDINGS`; writes who was who:
{name: {"caller": pid, "writers": [pid, ...], "threads": [tid, ...], "found": finding or null}},
where `writers` are the caller's children.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from detector.raw_syscall import raw_syscall
from detector.simulate import syscalls
from detector.simulate.player import play

DEADLINE_S = 180.0
SCENARIOS = {"storm", "other-process"}
"""What `toctrace simulate` plays; all else is a way of the program's."""
TIMES = 10_000
"""Far more than it takes: each scenario is ended once its writer is named."""
BETWEEN_CALLS_S = 0.25
"""So that judging keeps up: a caller that is gone when its race is judged cannot be watched."""


class Findings:
    """The lines of --output, as they come."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._read = 0

    def naming_a_writer_of(self, caller: int) -> dict[str, Any] | None:
        """Give the next finding of the caller that names who wrote."""
        with self._file.open("rb") as lines:
            lines.seek(self._read)
            for line in lines:
                if not line.endswith(b"\n"):
                    break
                self._read += len(line)
                one = json.loads(line)
                if one.get("writers") and one["task"]["pid"] == caller:
                    return dict(one)
        return None


def threads(pid: int) -> list[int]:
    """Give the threads of a process."""
    return [int(thread.name) for thread in Path(f"/proc/{pid}/task").iterdir()]


def children(pid: int) -> list[int]:
    """Give the children of a process."""
    told = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(child) for child in told.split()]


def paced(number: int, *arguments: int) -> int:
    """Make a system call; one that may race only after a while."""
    if number == syscalls.NR_MIGRATE_PAGES:
        time.sleep(BETWEEN_CALLS_S)
    return raw_syscall(number, *arguments)


def race(name: str) -> int:
    """Fork a process that plays a scenario, again and again; give its pid."""
    child = os.fork()
    if child == 0:
        try:
            syscalls.raw_syscall = paced
            play(name, TIMES)
        finally:
            os._exit(0)
    return child


def run(program: str, way: str) -> int:
    """Start the program that races in one way; give its pid."""
    return subprocess.Popen([program, way]).pid


def watch(caller: int, findings: Findings) -> dict[str, Any]:
    """Let a process race until its writer is named, or the deadline; then end it."""
    until = time.monotonic() + DEADLINE_S
    found, seen, writers = None, set[int](), set[int]()
    while found is None and time.monotonic() < until:
        seen.update(threads(caller))
        writers.update(children(caller))
        time.sleep(0.05)
        found = findings.naming_a_writer_of(caller)
    os.kill(caller, signal.SIGKILL)
    os.waitpid(caller, 0)
    return {"caller": caller, "writers": list(writers), "threads": list(seen), "found": found}


def main(out: Path, findings: Path, program: str, names: list[str]) -> None:
    """Play each of `names`."""
    lines = Findings(findings)
    played = {
        name: watch(race(name) if name in SCENARIOS else run(program, name), lines)
        for name in names
    }
    out.write_text(json.dumps(played))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3], sys.argv[4:])
