"""What a soak makes the tool watch: `soak_workload.py FOLDER SECONDS SEED PROGRAM SIMULATION...`.

Round after round, until so many seconds have passed: every trick, processes that race once each, a
flood with races in it, every simulation that is named, and a rest until the tool has caught up: to
name who raced takes far longer than the race. FOLDER/played has a line of JSON for each part, and
FOLDER/rested one for each round: what the tool holds once it has caught up.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import Path
from typing import IO

from detector.simulate import SCENARIOS, play
from fire import Sample, sample

ONCE = 10
FLOOD_S = 5
ONE_IN = 20_000
TIMES = 1
IDLE = 0.3
"""Of one processor: below this the tool has caught up."""
LONGEST_REST_S = 300.0
LOOKS = 20
LOOK_S = 0.1
LEAST_ROUNDS = 2
"""One is held against the other."""


def used_s(pid: int) -> float:
    """Give the processor time that a process has used."""
    stat = Path(f"/proc/{pid}/stat").read_text("utf-8", "replace").rpartition(")")[2].split()
    return (int(stat[11]) + int(stat[12])) / os.sysconf("SC_CLK_TCK")


def rest(tool: int) -> None:
    """Wait until the tool has next to nothing to do."""
    until = time.monotonic() + LONGEST_REST_S
    while time.monotonic() < until:
        before = used_s(tool)
        time.sleep(1)
        if used_s(tool) - before < IDLE:
            return


def held(tool: int, began_s: float) -> Sample:
    """Look at the tool at rest, more than once: what it has for a moment it does not hold."""
    looks = []
    for _ in range(LOOKS):
        time.sleep(LOOK_S)
        looks.append(sample(tool, began_s))
    return Sample(
        at_s=looks[-1].at_s,
        resident=min(look.resident for look in looks),
        descriptors=min(look.descriptors for look in looks),
        threads=min(look.threads for look in looks),
    )


def simulate(name: str) -> int:
    """Play a simulation in a process of its own; give how many calls it made."""
    pid = os.fork()
    if pid == 0:
        play(name, TIMES)
        os._exit(0)
    if os.waitpid(pid, 0)[1] != 0:
        sys.exit(f"{name} could not be played")
    return SCENARIOS[name].truth(TIMES).call_count


def one_round(
    folder: Path, seed: int, program: str, simulations: list[str], played: IO[str]
) -> None:
    """Play everything once."""
    folder.mkdir()
    for words in (
        ("play", str(folder)),
        ("many", str(folder), str(ONCE)),
        ("flood", str(folder), str(FLOOD_S), str(seed), str(ONE_IN)),
    ):
        subprocess.run([program, *words], stdout=played, check=True)
    for name in simulations:
        began = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
        calls = simulate(name)
        ended = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
        told = {"name": f"simulate {name}", "began": began, "ended": ended, "calls": calls}
        played.write(json.dumps(told) + "\n")
        played.flush()


def main() -> None:
    """Play until the time is over, and rest after each round."""
    folder, seconds, seed, program, *simulations = sys.argv[1:]
    until = time.monotonic() + float(seconds)
    began, tool = time.monotonic(), os.getppid()
    with (
        (Path(folder) / "played").open("w", encoding="utf-8") as played,
        (Path(folder) / "rested").open("w", encoding="utf-8") as rested,
    ):
        for number in range(1, 1 << 30):
            one_round(
                Path(folder) / f"round-{number}", int(seed) + number, program, simulations, played
            )
            rest(tool)
            rested.write(json.dumps(asdict(held(tool, began))) + "\n")
            if number >= LEAST_ROUNDS and time.monotonic() >= until:
                return


if __name__ == "__main__":
    main()
