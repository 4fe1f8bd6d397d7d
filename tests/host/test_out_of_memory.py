"""The kernel kills the tool where its control group has no memory left, and nothing of it stays."""

from __future__ import annotations

import json
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from detector.exits import Exit
from tests.attached import attached, held_by, kinds
from tests.host.memory_group import MemoryGroup
from tests.waiting import DEADLINE_S, wait_until

BY_TRACEPOINT = ("--backend", "tracepoint", "--syscalls", "migrate_pages")
RACES = ("toctrace", "simulate", "flip-late", "--times", "100")


def within(group: MemoryGroup, *command: str) -> list[str]:
    """Give the command that runs another one in a group."""
    return ["sh", "-c", f'echo $$ >{group.processes}; exec "$@"', "-", *command]


def test_out_of_memory_in_its_control_group_it_ends_and_the_held_command_never_runs(
    tmp_path: Path,
) -> None:
    ran = tmp_path / "ran"
    group = MemoryGroup(48 << 20)  # compiling takes more
    command = ("toctrace", "run", *BY_TRACEPOINT, "--", "touch", str(ran))
    try:
        done = subprocess.run(within(group, *command), capture_output=True, check=False)
    finally:
        group.remove()
    assert done.returncode == -signal.SIGKILL
    assert not ran.exists()


@pytest.fixture
def in_memory(tmp_path: Path) -> Iterator[Path]:
    """Give a folder whose files are memory of who writes them."""
    folder = tmp_path / "in-memory"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "none", folder], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", folder], check=True)


def race() -> bool:
    """Race some calls."""
    return subprocess.run(RACES, stdout=subprocess.DEVNULL, check=False).returncode == 0


def test_out_of_memory_while_watching_nothing_of_it_stays_and_the_next_start_works(
    in_memory: Path, tmp_path: Path
) -> None:
    group = MemoryGroup(1 << 30)
    output, log = in_memory / "out.jsonl", tmp_path / "log"
    command = ("toctrace", "watch", *BY_TRACEPOINT, "--all", "--output", str(output))
    with log.open("wb") as said:
        tool = subprocess.Popen(within(group, *command), stdout=said, stderr=said)
    try:
        wait_until(lambda: "watching" in log.read_text() or tool.poll() is not None)
        assert race()
        wait_until(lambda: output.read_bytes().count(b"\n") > 0)
        held = held_by(tool.pid)
        assert kinds(held) == {"program", "link"}
        assert not held - attached()
        group.starve()
        # what it writes is memory
        wait_until(lambda: race() and tool.poll() is not None)
        assert tool.wait() == -signal.SIGKILL, log.read_text()
        wait_until(lambda: not held & attached())
    finally:
        tool.kill()
        tool.wait()
        group.remove()
    again = tmp_path / "again.jsonl"
    next_start = ("toctrace", "run", *BY_TRACEPOINT, "--all", "--output", str(again))
    done = subprocess.run(
        [*next_start, "--", *RACES], capture_output=True, check=False, timeout=DEADLINE_S
    )
    assert done.returncode == Exit.FOUND, done.stderr
    *found, observation = map(json.loads, again.read_bytes().splitlines())
    assert len(found) == 100
    assert observation["lost"] == {}
