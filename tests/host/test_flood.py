"""A flood of calls that open the gate goes on as long as it likes, and the tool beside it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from detector.exits import Exit
from fire import watch

NAME = "bad-pointers"
FLOOD = f"""
import ctypes, sys, time
libc = ctypes.CDLL(None)
libc.prctl(15, {NAME.encode()!r}, 0, 0, 0)  # PR_SET_NAME
call, made, until = libc.syscall, 0, time.monotonic() + float(sys.argv[1])
call.argtypes = [ctypes.c_long] * 5
while time.monotonic() < until:
    for _ in range(256):
        call(256, 0, 65, 16, 16)  # migrate_pages
    made += 256
print(made)
"""
"""Calls migrate_pages for so many seconds, with masks that nobody can read."""
FOR_EVER = "inf"
DURATION_S = 3
DEADLINE_S = 120.0
"""On a busy machine compiling alone takes long."""


@pytest.fixture
def flooded() -> Iterator[None]:
    """On every processor, until the test has ended."""
    command = [sys.executable, "-c", FLOOD, FOR_EVER]
    floods = [subprocess.Popen(command) for _ in range(os.cpu_count() or 1)]
    yield
    for one in floods:
        assert one.poll() is None
        one.kill()
        one.wait()


@contextmanager
def watching(folder: Path, *options: str) -> Iterator[subprocess.Popen[bytes]]:
    """Watch the flood alone, with a heartbeat a second."""
    sink = ("--sink", f"jsonl:{folder / 'alerts'}", "--heartbeat", "1")
    of_it = ("--backend", "tracepoint", "--syscalls", "migrate_pages", "--comm", NAME)
    command = ["toctrace", "watch", "--format", "jsonl", *of_it, *sink, *options]
    with (
        (folder / "said").open("wb") as said,
        (folder / "log").open("wb") as log,
        subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=said, stderr=log) as tool,
    ):
        try:
            yield tool
        finally:
            tool.kill()


def heartbeats(folder: Path) -> list[dict[str, Any]]:
    """Give those that came so far."""
    alerts = folder / "alerts"
    lines = alerts.read_text().splitlines(keepends=True) if alerts.exists() else []
    told = [json.loads(line) for line in lines if line.endswith("\n")]
    return [one for one in told if one["type"] == "heartbeat"]


def ended(tool: subprocess.Popen[bytes], folder: Path) -> dict[str, Any]:
    """Wait until it has ended beside the flood; give the observation."""
    assert tool.wait(DEADLINE_S) == Exit.DEGRADED
    observation: dict[str, Any] = json.loads((folder / "said").read_bytes().splitlines()[-1])
    assert observation["judged"] > 0
    assert not [note for note in observation["notes"] if "silent" in note]
    return observation


@pytest.mark.usefixtures("flooded")
def test_the_duration_ends_it(tmp_path: Path) -> None:
    with watching(tmp_path, "--duration", str(DURATION_S)) as tool:
        observation = ended(tool, tmp_path)
    assert DURATION_S <= observation["duration_s"] < DEADLINE_S / 2


@pytest.mark.usefixtures("flooded")
def test_it_tells_that_it_lives_and_a_signal_ends_it(tmp_path: Path) -> None:
    with watching(tmp_path) as tool:
        deadline = time.monotonic() + DEADLINE_S
        while len(told := heartbeats(tmp_path)) < 4:
            assert time.monotonic() < deadline
            assert tool.poll() is None
            time.sleep(0.1)
        tool.send_signal(signal.SIGTERM)
        ended(tool, tmp_path)
    judged = [one["judged"] for one in told]
    assert judged == sorted(set(judged))


def test_its_calls_are_judged_or_said_to_be_lost(tmp_path: Path) -> None:
    played = tmp_path / "played"
    workload = ["sh", "-c", 'exec "$@" >"$0"', str(played), sys.executable, "-c", FLOOD, "5"]
    watched = watch(tmp_path, workload, "--backend", "tracepoint")
    assert watched.drift(int(played.read_text())) == 0
    assert watched.judged > 0
