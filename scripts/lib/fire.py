"""The tool around a hostile workload: what the one did is held against what the other says."""

from __future__ import annotations

import json
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

UNSEEN = "calls of which nothing arrived"
"""detector/judging/observed.py."""
SYSCALL = "migrate_pages"
"""The one call that is watched."""
SAMPLE_S = 5.0
Meanwhile = Callable[[int, threading.Event], None]
"""Runs beside the tool: with its pid, and an event that is set when it has ended."""


def undisturbed(_pid: int, _ended: threading.Event) -> None:
    """Do nothing."""


@dataclass(frozen=True)
class Sample:
    """The tool's process at one moment."""

    at_s: float
    resident: int
    """Bytes."""
    descriptors: int
    threads: int


@dataclass(frozen=True)
class Watched:
    """What one `toctrace run` around a workload left behind."""

    status: int
    findings: list[dict[str, Any]]
    observation: dict[str, Any]
    stderr: str
    samples: list[Sample] = field(default_factory=list)

    @property
    def judged(self) -> int:
        """Calls that were judged whole."""
        return int(self.observation["judged"])

    @property
    def said_lost(self) -> int:
        """Calls that the observation says were not judged whole."""
        observation = self.observation
        unseen = observation["lost"].get(UNSEEN, 0)
        return int(observation["incomplete"] + observation["cut_by_end"] + unseen)

    def drift(self, calls: int) -> int:
        """Of so many calls, those neither judged nor said to be lost; below 0: too many are."""
        return calls - self.judged - self.said_lost

    def between(self, began_ns: int, ended_ns: int) -> list[dict[str, Any]]:
        """Give the findings of calls that began between two moments (CLOCK_BOOTTIME)."""
        return [f for f in self.findings if began_ns <= f["call"]["began_ns"] <= ended_ns]


def sample(pid: int, began_s: float) -> Sample:
    """Look at a process. Raises OSError where it has ended."""
    process = Path(f"/proc/{pid}")
    told = dict(line.split(":", 1) for line in (process / "status").read_text("utf-8").splitlines())
    return Sample(
        at_s=time.monotonic() - began_s,
        resident=int(told["VmRSS"].split()[0]) * 1024,
        descriptors=len(list((process / "fd").iterdir())),
        threads=int(told["Threads"]),
    )


def watch(
    folder: Path,
    workload: Sequence[str],
    *options: str,
    meanwhile: Meanwhile = undisturbed,
) -> Watched:
    """Run the tool around `workload`, look at it now and then, and read what it said.

    Raises RuntimeError where the workload failed.
    """
    output, log, complaints = folder / "out.jsonl", folder / "log", folder / "complaints"
    watch = ["toctrace", "run", "--all", "--syscalls", SYSCALL, "--output", str(output)]
    aside = ["sh", "-c", 'exec "$@" 2>"$0"', str(complaints)]
    command = [*watch, *options, "--", *aside, *workload]
    samples: list[Sample] = []
    ended = threading.Event()
    began_s = time.monotonic()
    with (
        log.open("wb") as said,
        subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=said, stderr=said) as tool,
    ):

        def look() -> None:
            while not ended.wait(SAMPLE_S):
                try:
                    samples.append(sample(tool.pid, began_s))
                except (OSError, KeyError):  # it has just ended
                    return

        beside = [
            threading.Thread(target=look),
            threading.Thread(target=meanwhile, args=(tool.pid, ended)),
        ]
        for thread in beside:
            thread.start()
        tool.wait()
        ended.set()
        for thread in beside:
            thread.join()
    said_text = log.read_text("utf-8", "replace")
    lines = [json.loads(line) for line in output.read_bytes().splitlines()]
    if lines[-1]["command_status"] != 0:
        complained = complaints.read_text("utf-8", "replace") if complaints.exists() else said_text
        raise RuntimeError(f"the workload failed: {complained[-4000:]}")
    return Watched(
        status=tool.returncode,
        findings=[line for line in lines if line["type"] == "finding"],
        observation=lines[-1],
        stderr=said_text,
        samples=samples,
    )


def lines_of(path: Path) -> list[dict[str, Any]]:
    """Read lines of JSON."""
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]
