from __future__ import annotations

import fcntl
import io
import os
import sys
from pathlib import Path

import pytest

import boot


def start(run: Path, *line: str) -> tuple[int, int]:
    return boot.spawn([sys.executable, "-c", *line], run)


def test_output_is_copied_once_and_whole_as_it_grows(tmp_path: Path) -> None:
    stream = io.BytesIO()
    follower = boot.Follower(tmp_path / "stdout", stream)
    follower.copy()
    assert stream.getvalue() == b""
    (tmp_path / "stdout").write_bytes(b"a\n" * 100_000)
    follower.copy()
    with (tmp_path / "stdout").open("ab") as file:
        file.write(b"\xff\0end")
    follower.copy()
    follower.copy()
    assert stream.getvalue() == b"a\n" * 100_000 + b"\xff\0end"


def test_the_status_is_the_commands(tmp_path: Path) -> None:
    (tmp_path / "status").write_text("7\n")
    pid, terminal = start(tmp_path, "import time; time.sleep(600)")
    try:
        assert boot.watch(tmp_path, pid, terminal, deadline=60) == 7
    finally:
        boot.kill(pid, terminal)
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_a_machine_that_ends_without_a_status_is_lost(tmp_path: Path) -> None:
    pid, terminal = start(tmp_path, "print('Kernel panic')")
    try:
        with pytest.raises(boot.LostError, match="ended before it could start the command"):
            boot.watch(tmp_path, pid, terminal, deadline=60)
    finally:
        boot.kill(pid, terminal)
    assert "Kernel panic" in "".join(boot.console_tail(tmp_path))


def test_a_machine_past_its_deadline_is_lost(tmp_path: Path) -> None:
    (tmp_path / "started").touch()
    pid, terminal = start(tmp_path, "import time; time.sleep(600)")
    try:
        with pytest.raises(boot.LostError, match=r"deadline of 0.1 s after the command had"):
            boot.watch(tmp_path, pid, terminal, deadline=0.1)
    finally:
        boot.kill(pid, terminal)


def test_the_console_cannot_steer_the_callers_terminal(tmp_path: Path) -> None:
    (tmp_path / "console").write_bytes(b"one\x1b[2Jtwo\r\r\n")
    assert list(boot.console_tail(tmp_path)) == ["one.[2Jtwo"]


def test_folders_of_killed_runs_are_removed_and_living_ones_kept(tmp_path: Path) -> None:
    dead, alive = tmp_path / "run.dead", tmp_path / "run.alive"
    for folder in (dead, alive):
        folder.mkdir()
        (folder / "lock").touch()
    with (alive / "lock").open("rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with boot.private_folder(tmp_path) as run:
            assert run.is_dir()
        assert not run.exists()
        assert not dead.exists()
        assert alive.exists()
