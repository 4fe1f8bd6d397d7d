"""Starting a process that ends at once, again and again, until a call of it has raced."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path

import msgspec

from detector.capture.capture import Capture
from detector.correlate.correlator import correlate
from detector.model.judgement import JudgedCall, Kind
from detector.model.snapshot import Snapshot

SOURCE = Path(__file__).with_name("short_lived.c")
NAME = "short-lived"
WORDS = ("--nodes", "1 2")
MOST = 400
"""So many are started until one of them has raced; about one in ten does."""


class Raced(msgspec.Struct, frozen=True):
    """One raced call, and how long its process lived at most: from before its fork, ns."""

    call: JudgedCall
    lived_ns: int


def build(folder: Path) -> Path:
    """Compile the program beside a copy of its source; give where it is."""
    source = folder / SOURCE.name
    source.write_bytes(SOURCE.read_bytes())
    program = folder / NAME
    options = ("-static", "-g", "-O1", "-fno-omit-frame-pointer", "-Wall", "-Werror")
    subprocess.run(["gcc", *options, "-o", program, source], check=True)
    return program


def race(capture: Capture, program: Path, within_ns: int | None = None) -> Raced:
    """Run the program until a call of it has raced, and it lived no longer than asked for."""
    mask = os.memfd_create("mask", 0)  # inherited
    os.truncate(mask, 4096)
    with subprocess.Popen([program, str(mask), "flip"], pass_fds=[mask]) as flipping:
        try:
            for _ in range(MOST):
                lived_ns = live(program, mask)
                found = next((call for call in calls(capture) if call.kind is Kind.RACE), None)
                if found and (within_ns is None or lived_ns < within_ns):
                    return Raced(found, lived_ns)
        finally:
            flipping.kill()
            os.close(mask)
    raise AssertionError(f"none of {MOST} calls raced in time")


def live(program: Path, mask: int) -> int:
    """Start it, wait until it has ended, and give how long that took, in ns."""
    began = time.monotonic_ns()
    pid = os.posix_spawn(program, [str(program), str(mask), *WORDS], os.environ)
    _, status = os.waitpid(pid, 0)
    lived_ns = time.monotonic_ns() - began
    assert status == 0
    return lived_ns


def calls(capture: Capture) -> list[JudgedCall]:
    """Judge what was captured since the last time."""
    snapshots = [item for item in capture.read(0) if isinstance(item, Snapshot)]
    return correlate(snapshots, armed=capture.armed_stages)
