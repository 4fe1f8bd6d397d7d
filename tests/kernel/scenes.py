"""Running toctrace over scenarios, and reading what it found against their known truth."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from detector.simulate import SCENARIOS

DETERMINISTIC = (
    "clean",
    "clean-cpuset",
    "errors",
    "beyond-maxnode",
    "flip-old",
    "flip-new",
    "flip-both",
    "restore",
    "flip-late",
    "blind-old",
    "blind-new",
    "withdrawn",
    "other-process",
    "compat",
    "fail-after-copy",
    "parked",
    *(
        f"{call}-{end}"
        for call in ("mbind", "mempolicy")
        for end in ("clean", "flip", "blind", "gone", "refused", "einval")
    ),
)
HONEST = (
    "clean",
    "clean-cpuset",
    "errors",
    "beyond-maxnode",
    "mbind-clean",
    "mbind-einval",
    "mempolicy-clean",
    "mempolicy-einval",
)
STORM = "storm"
TIMES = 23
HERE = Path(__file__).parent


class Ran(msgspec.Struct, frozen=True):
    """What one `toctrace run` left behind."""

    status: int
    findings: list[dict[str, Any]]
    observation: dict[str, Any]
    spans: dict[str, tuple[int, int]]
    preparing: int
    """Honest calls that the scenarios made besides those of their truth."""
    stderr: str
    case: Path
    """Where it was recorded."""
    lines: list[dict[str, Any]]
    """All that --output took: the findings and the observation."""

    def of(self, scenario: str) -> list[dict[str, Any]]:
        """Give a scenario's findings, in the order in which their calls began."""
        began, ended = self.spans[scenario]
        found = [f for f in self.findings if began <= f["call"]["began_ns"] <= ended]
        return sorted(found, key=lambda finding: finding["call"]["began_ns"])


def run(folder: Path, command: list[str], *options: str) -> tuple[int, list[Any], str]:
    """Run `toctrace run` around `command`; give status, the JSON lines, and stderr."""
    output = folder / "out.jsonl"
    done = subprocess.run(
        ["toctrace", "run", "--all", "--output", output, *options, "--", *command],
        capture_output=True,
        text=True,
        timeout=1500,
        check=False,
    )
    return (
        done.returncode,
        [json.loads(line) for line in output.read_bytes().splitlines()],
        done.stderr,
    )


def run_scenarios(folder: Path, names: tuple[str, ...], times: int, *options: str) -> Ran:
    """Play every scenario under one `toctrace run` with these options."""
    spans = folder / "spans.json"
    play = [sys.executable, str(HERE / "play_all.py"), str(spans), str(times), *names]
    case = folder / "case"
    arrived = f"jsonl:{folder}/arrived?format=cef"
    record = ("--record", str(case), "--sink", arrived, "--spool", str(folder / "spool"))
    if "--gate" in options or "--no-gate" in options:
        record = ()
    status, lines, stderr = run(folder, play, *record, *options)
    assert spans.exists(), stderr[-4000:]  # a scenario could not be played
    played = json.loads(spans.read_text())
    return Ran(
        status,
        [line for line in lines if line["type"] == "finding"],
        lines[-1],
        played["spans"],
        played["preparing"],
        stderr,
        case,
        lines,
    )


def replay(case: Path, deadline_s: float) -> tuple[int, list[dict[str, Any]]]:
    """Judge a recording again; give status and the JSON lines."""
    done = subprocess.run(
        ["toctrace", "replay", "--format", "jsonl", case],
        stdout=subprocess.PIPE,
        check=False,
        timeout=deadline_s,
    )
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]


@cache
def truth(scenario: str, times: int) -> dict[str, Any]:
    """Give what `toctrace simulate --expect` says."""
    told: dict[str, Any] = json.loads(msgspec.json.encode(SCENARIOS[scenario].truth(times)))
    return told
