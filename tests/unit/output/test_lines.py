from __future__ import annotations

import errno
import os
import resource
import stat
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from detector.errors import UsageError
from detector.output.lines import LineFile

LINE = "x" * 3000


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """A disk of two pages, where this user may mount one."""
    folder.mkdir()
    options = "size=8192,mode=700"
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", options, "none", folder], check=False, capture_output=True
    )
    if mounted.returncode:
        pytest.skip("may not mount a tmpfs")
    try:
        yield folder
    finally:
        subprocess.run(["umount", folder], check=True)


@contextmanager
def small_files(most: int) -> Iterator[None]:
    """No file may grow past `most` bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_lines_are_written_at_once(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    with LineFile(path) as lines:
        assert lines.write("one")
        assert path.read_text() == "one\n"
        assert lines.write("zwei ü")
        assert path.read_text() == "one\nzwei ü\n"
        assert (lines.unwritten, lines.failure) == (0, None)


def test_what_was_there_is_gone(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    path.write_text("an old run\n")
    with LineFile(path):
        assert path.read_text() == ""


def test_only_the_owner_can_read_it(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    with LineFile(path):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0


def test_no_half_line_on_a_full_disk(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk") as disk:
        path = disk / "out.jsonl"
        with LineFile(path) as lines:
            assert [lines.write(LINE) for _ in range(4)] == [True, True, False, False]
            assert lines.failure == os.strerror(errno.ENOSPC)
            assert lines.unwritten == 2
        assert path.read_text() == f"{LINE}\n" * 2


def test_no_half_line_in_a_file_that_may_not_grow(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    with LineFile(path) as lines, small_files(5000):
        assert [lines.write(LINE) for _ in range(3)] == [True, False, False]
        assert (lines.failure, lines.unwritten) == (os.strerror(errno.EFBIG), 2)
    assert path.read_text() == f"{LINE}\n"


def test_nothing_is_written_after_a_failure_even_where_it_would_fit(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    with LineFile(path) as lines:
        with small_files(5):
            assert not lines.write("too long")
        assert not lines.write("")
    assert path.read_text() == ""


def test_a_full_device_is_told() -> None:
    with LineFile(Path("/dev/full")) as lines:
        assert not lines.write("x")
        assert lines.failure == os.strerror(errno.ENOSPC)


def test_a_path_that_cannot_be_opened_is_a_wrong_usage(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be written: No such file or directory"):
        LineFile(tmp_path / "none" / "out.jsonl")


def test_reopened_it_goes_on_in_the_new_file_of_its_name(tmp_path: Path) -> None:
    path, old = tmp_path / "out.jsonl", tmp_path / "out.jsonl.1"
    with LineFile(path) as lines:
        assert lines.write("before")
        path.rename(old)
        assert lines.write("still the old one")
        assert lines.reopen() is None
        assert lines.write("after")
    assert old.read_text() == "before\nstill the old one\n"
    assert path.read_text() == "after\n"
    assert path.stat().st_mode & 0o777 == 0o600


def test_reopened_without_a_rotation_it_loses_nothing(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    with LineFile(path) as lines:
        assert lines.write("before")
        assert lines.reopen() is None
        assert lines.write("after")
    assert path.read_text() == "before\nafter\n"


def test_truncated_behind_its_back_it_leaves_no_hole(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    with LineFile(path) as lines:
        assert lines.write("before")
        os.truncate(path, 0)  # logrotate's copytruncate
        assert lines.write("after")
    assert path.read_text() == "after\n"


def test_where_no_new_file_can_be_had_the_old_one_goes_on(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    path = folder / "out.jsonl"
    with LineFile(path) as lines:
        folder.rename(tmp_path / "away")
        assert lines.reopen() == "No such file or directory"
        assert lines.write("kept")
    assert (tmp_path / "away" / "out.jsonl").read_text() == "kept\n"


def test_a_file_that_was_full_is_tried_anew_after_rotation(tmp_path: Path) -> None:
    path = tmp_path / "out"
    path.symlink_to("/dev/full")
    with LineFile(path) as lines:
        assert not lines.write("lost")
        path.unlink()
        assert lines.reopen() is None
        assert lines.write("kept")
        assert lines.unwritten == 1
    assert path.read_text() == "kept\n"
