"""A flood of calls from every core with races hidden in it: which of them are found.

Every race is found, or is among the calls that the observation says are lost; with the gate (the
default) nothing is lost at all. Says which, and ends with 0 where that holds.
"""

from __future__ import annotations

import argparse
import secrets
import sys
import tempfile
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from fire import Meanwhile, Watched, lines_of, undisturbed, watch
from tests.tricks.build import build


@dataclass(frozen=True)
class Race:
    """A raced call, as who made it knows it. Times are of CLOCK_BOOTTIME, in ns."""

    tid: int
    began_ns: int
    ended_ns: int


@dataclass(frozen=True)
class Flooded:
    """What was made, and what was seen of it."""

    calls: int
    races: list[Race]
    seconds: float
    watched: Watched

    @property
    def unfound(self) -> list[Race]:
        """The races of which there is no finding."""
        return unfound(self.races, self.watched)

    @property
    def drift(self) -> int:
        """Calls that are neither judged nor said to be lost; below 0: too many are."""
        return self.watched.drift(self.calls)


def unfound(races: Sequence[Race], watched: Watched) -> list[Race]:
    """Give the races that no finding of that thread and moment tells of."""
    began = defaultdict(list)
    for finding in watched.findings:
        if "race" in finding["kinds"]:
            began[finding["task"]["tid"]].append(finding["call"]["began_ns"])
    return [
        race
        for race in races
        if not any(race.began_ns <= at <= race.ended_ns for at in began[race.tid])
    ]


def races_of(folder: Path) -> list[Race]:
    """Read what the flood's processes wrote down."""
    return [
        Race(*map(int, line.split()))
        for path in sorted(folder.glob("races.*"))
        for line in path.read_text("utf-8").splitlines()
    ]


def flood(
    folder: Path,
    seconds: int,
    seed: int,
    one_in: int,
    *options: str,
    meanwhile: Meanwhile = undisturbed,
) -> Flooded:
    """Flood under the tool with these options; `meanwhile` runs beside it."""
    program, played = build(folder), folder / "played"
    words = (str(program), "flood", str(folder), str(seconds), str(seed), str(one_in))
    watched = watch(
        folder, ["sh", "-c", 'exec "$@" >"$0"', str(played), *words], *options, meanwhile=meanwhile
    )
    [made] = lines_of(played)
    return Flooded(
        calls=made["calls"],
        races=races_of(folder),
        seconds=(made["ended"] - made["began"]) / 1e9,
        watched=watched,
    )


def holds(flooded: Flooded, *, gated: bool) -> bool:
    """Say whether what is promised of a flood holds."""
    observation = flooded.watched.observation
    if flooded.drift or len(flooded.unfound) > flooded.watched.said_lost:
        return False
    return not gated or not (flooded.unfound or observation["lost"] or observation["incomplete"])


def main() -> int:
    """Flood, and tell."""
    parser = argparse.ArgumentParser(prog="scripts/flood", description=__doc__)
    parser.add_argument("--seconds", type=int, default=600)
    parser.add_argument("--seed", type=int, default=secrets.randbits(32))
    parser.add_argument("--one-in", type=int, default=20_000, help="calls, one of which is raced")
    parser.add_argument("--no-gate", action="store_true")
    parser.add_argument("--backend", help="as of `toctrace run`")
    asked = parser.parse_args()
    options: tuple[str, ...] = ("--no-gate",) if asked.no_gate else ("--gate",)
    if asked.backend:
        options += ("--backend", asked.backend)
    with tempfile.TemporaryDirectory() as folder:
        flooded = flood(Path(folder), asked.seconds, asked.seed, asked.one_in, *options)
    watched = flooded.watched
    races = len(flooded.races)
    print(f"flood of {flooded.seconds:.0f} s, seed {asked.seed}, {' '.join(options)}:")
    print(f"  calls       {flooded.calls:,} ({flooded.calls / flooded.seconds:,.0f} a second)")
    print(f"  judged      {watched.judged:,}")
    print(f"  said lost   {watched.said_lost:,}; by cause: {watched.observation['lost']}")
    print(f"  drift       {flooded.drift:,}")
    print(f"  races       {races:,}, of which {races - len(flooded.unfound):,} were found")
    print(f"  notes       {watched.observation['notes']}")
    held = holds(flooded, gated=not asked.no_gate)
    print("every race was found or said to be lost" if held else "THE PROMISE WAS NOT KEPT")
    return 0 if held else 1


if __name__ == "__main__":
    sys.exit(main())
