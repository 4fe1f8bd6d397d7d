"""A soak: tricks, floods, simulations and disturbances in turn, under one run of the tool.

Memory and descriptors stay flat, every race of the floods is found or said to be lost, and the
calls that were made are the calls judged and lost. Says so, and ends with 0 where that holds.
"""

from __future__ import annotations

import argparse
import secrets
import statistics
import sys
import tempfile
import threading
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from detector.simulate import SCENARIOS
from detector.simulate.cpuset import cpuset_of
from detector.simulate.host import read_host
from detector.simulate.scenarios.clean_cpuset import CLEAN_CPUSET
from disturb import Disturber
from fire import SYSCALL, Sample, Watched, lines_of, watch
from flood import Race, races_of, unfound
from tests.tricks.build import build

WORKLOAD = Path(__file__).with_name("soak_workload.py")
MOST_GROWTH = 1.05
"""Resident memory in the last quarter, against the second one; after the last round, against the
first one."""


@dataclass(frozen=True)
class Soaked:
    """What was made, and what was seen of it."""

    played: list[dict[str, Any]]
    races: list[Race]
    watched: Watched
    disturbed: dict[str, int]
    rested: list[Sample]
    """After each round, once the tool has caught up."""

    @property
    def calls(self) -> int:
        """All calls that the workload made."""
        return sum(part["calls"] for part in self.played)

    @property
    def drift(self) -> int:
        """Calls that are neither judged nor said to be lost; below 0: too many are."""
        return self.watched.drift(self.calls)

    @property
    def growth(self) -> float:
        """Resident memory in the last quarter, against the second one: medians."""
        second, last = _quarters(self.watched.samples)
        return statistics.median(s.resident for s in last) / statistics.median(
            s.resident for s in second
        )

    @property
    def more_descriptors(self) -> int:
        """Descriptors held in the last quarter more than in the second one, at the least."""
        second, last = _quarters(self.watched.samples)
        return min(s.descriptors for s in last) - min(s.descriptors for s in second)


def _quarters(samples: Sequence[Sample]) -> tuple[Sequence[Sample], Sequence[Sample]]:
    """Give the second and the last quarter."""
    quarter = max(len(samples) // 4, 1)
    return samples[quarter : 2 * quarter] or samples, samples[-quarter:]


def simulations() -> list[str]:
    """Give the simulations that make no other call than the one that is watched."""
    return [
        name
        for name, scenario in SCENARIOS.items()
        if {call.syscall for call in scenario.truth(1).calls} == {SYSCALL}
    ]


def soak(
    folder: Path,
    seconds: int,
    seed: int,
    disturber: Disturber,
    *options: str,
    without: Sequence[str] = (),
) -> Soaked:
    """Soak the tool with these options; `without` these simulations."""
    program = build(folder)

    def meanwhile(pid: int, ended: threading.Event) -> None:
        disturber(pid, ended, (folder / "played").exists)

    words: tuple[str, ...] = (str(WORKLOAD), str(folder), str(seconds), str(seed), str(program))
    played = tuple(name for name in simulations() if name not in without)
    with ExitStack() as stack:
        if CLEAN_CPUSET.name in played:
            # with the first cpuset, and after the last, the kernel rewrites its own code (a static
            # key): one that stays spares that to emulated processors, which may not survive it
            stack.enter_context(cpuset_of(read_host().node))
        watched = watch(folder, [sys.executable, *words, *played], *options, meanwhile=meanwhile)
    rounds = sorted(folder.glob("round-*"))
    return Soaked(
        played=lines_of(folder / "played"),
        races=[race for one in rounds for race in races_of(one)],
        watched=watched,
        disturbed=disturber.done,
        rested=[Sample(**told) for told in lines_of(folder / "rested")],
    )


def main() -> int:
    """Soak, and tell."""
    parser = argparse.ArgumentParser(prog="scripts/soak", description=__doc__)
    parser.add_argument("--seconds", type=int, default=1800)
    parser.add_argument("--seed", type=int, default=secrets.randbits(32))
    parser.add_argument("--backend", help="as of `toctrace run`")
    parser.add_argument(
        "--disturb-host", action="store_true", help="set the clock and unplug a processor, too"
    )
    parser.add_argument(
        "--without", action="append", default=[], help="a simulation that this host cannot play"
    )
    asked = parser.parse_args()
    options = ("--backend", asked.backend) if asked.backend else ()
    with tempfile.TemporaryDirectory() as folder:
        disturber = Disturber(host=asked.disturb_host)
        soaked = soak(
            Path(folder), asked.seconds, asked.seed, disturber, *options, without=asked.without
        )
    watched = soaked.watched
    missed = unfound(soaked.races, watched)
    rounds = sum(part["name"] == "flood" for part in soaked.played)
    first, last = watched.samples[0], watched.samples[-1]
    print(f"soak of {last.at_s:.0f} s, seed {asked.seed}, {rounds} rounds:")
    print(f"  calls         {soaked.calls:,}")
    print(f"  judged        {watched.judged:,}, findings {watched.observation['findings']}")
    print(f"  said lost     {watched.said_lost:,}; by cause: {watched.observation['lost']}")
    print(f"  drift         {soaked.drift:,}")
    print(f"  flood's races {len(soaked.races):,}, of which {len(missed):,} were not found")
    print(f"  memory        x {soaked.growth:.3f} from the second quarter to the last")
    for one in (first, watched.samples[len(watched.samples) // 4], last):
        told = f"{one.resident >> 20} MiB, {one.descriptors} descriptors, {one.threads} threads"
        print(f"    at {one.at_s:5.0f} s   {told}")
    print(f"  disturbed     {soaked.disturbed}")
    print(f"  notes         {watched.observation['notes']}")
    held = not soaked.drift and len(missed) <= watched.said_lost
    flat = soaked.growth <= MOST_GROWTH and soaked.more_descriptors <= 0
    print("nothing drifted" if held else "THE COUNTS DO NOT ADD UP")
    print("memory and descriptors were flat" if flat else "MEMORY OR DESCRIPTORS GREW")
    return 0 if held and flat else 1


if __name__ == "__main__":
    sys.exit(main())
