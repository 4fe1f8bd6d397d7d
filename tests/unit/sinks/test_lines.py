from __future__ import annotations

import os
import stat
import subprocess
from pathlib import Path

import pytest

from detector.errors import SinkError
from detector.sinks.lines import Lines


def test_each_line_is_there_at_once_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    lines = Lines(str(path))
    lines.open()
    lines.send(b"one")
    lines.send(b"two")
    assert path.read_bytes() == b"one\ntwo\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    lines.close(0)


@pytest.mark.parametrize("how", ["", "copytruncate"])
def test_logrotate_takes_nothing_away(how: str, tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    config = tmp_path / "logrotate.conf"
    config.write_text(f"{path} {{\n size 1\n rotate 4\n {how}\n}}\n")
    config.chmod(0o600)
    tmp_path.chmod(0o700)
    lines = Lines(str(path))
    lines.open()
    for number in range(3):
        lines.send(b"%d" % number)
        if not Path("/usr/sbin/logrotate").exists():
            pytest.skip("logrotate is not installed")
        state = tmp_path / "state"
        subprocess.run(["/usr/sbin/logrotate", "-f", "-s", state, config], check=True)
    lines.send(b"3")
    kept = [path, *(tmp_path / f"a.jsonl.{number}" for number in (1, 2, 3))]
    assert [file.read_bytes() for file in kept] == [b"3\n", b"2\n", b"1\n", b"0\n"]
    lines.close(0)


def test_a_file_that_was_moved_away_is_made_anew(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    lines = Lines(str(path))
    lines.open()
    lines.send(b"one")
    path.rename(tmp_path / "old")
    lines.send(b"two")
    assert ((tmp_path / "old").read_bytes(), path.read_bytes()) == (b"one\n", b"two\n")
    lines.close(0)


def test_a_line_that_a_crash_left_open_is_ended(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b"hal")
    lines = Lines(str(path))
    lines.open()
    lines.send(b"whole")
    assert path.read_bytes() == b"hal\nwhole\n"
    lines.close(0)


def test_what_cannot_be_written_is_told_and_nothing_is_half_there(tmp_path: Path) -> None:
    with pytest.raises(SinkError, match="No such file"):
        Lines(str(tmp_path / "none" / "a")).open()
    full = Lines("/dev/full")
    full.open()
    with pytest.raises(SinkError, match="No space left"):
        full.send(b"x")
    full.close(0)


def test_a_pipe_without_a_reader_is_no_wait_without_end(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    with pytest.raises(SinkError, match="No such device"):
        Lines(str(path)).open()
