from __future__ import annotations

import os
from pathlib import Path
from typing import BinaryIO

import pytest

from detector.errors import UsageError
from detector.output.whole_file import check_writable, fill_whole, write_whole


def test_the_file_appears_whole_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "status.json"
    assert write_whole(path, "{ü}\n") is None
    assert path.read_text() == "{ü}\n"
    assert list(tmp_path.iterdir()) == [path]


def test_an_old_file_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "status.json"
    path.write_text("a much longer old text\n")
    assert write_whole(path, "new\n") is None
    assert path.read_text() == "new\n"


def test_a_failure_is_told_and_the_old_file_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "status.json"
    path.write_text("old\n")

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    assert write_whole(path, "new\n") == f"{path}: No space left on device"
    assert path.read_text() == "old\n"
    assert list(tmp_path.iterdir()) == [path]


def test_a_full_device_is_told() -> None:
    assert write_whole(Path("/dev/full"), "x") == "/dev/full: No space left on device"


def test_a_pipe_is_written_as_it_stands(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        assert write_whole(pipe, "text") is None
        assert os.read(reader, 10) == b"text"
    finally:
        os.close(reader)
    assert pipe.is_fifo()


def test_a_folder_that_is_gone_is_told(tmp_path: Path) -> None:
    path = tmp_path / "gone" / "status.json"
    assert write_whole(path, "x") == f"{path}: No such file or directory"


def test_a_path_that_can_be_written_passes(tmp_path: Path) -> None:
    check_writable(tmp_path / "status.json")
    check_writable(Path("/dev/null"))
    check_writable(Path("status.json"))


@pytest.mark.parametrize("name", ["", "none/status.json"])
def test_a_path_that_cannot_be_written_is_a_wrong_usage(name: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be written"):
        check_writable(tmp_path / name)


def test_what_fails_half_way_leaves_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "found.parquet"
    path.write_bytes(b"old")

    def half(file: BinaryIO) -> None:
        file.write(b"ne")
        raise OSError(28, "No space left on device")

    assert fill_whole(path, half) == f"{path}: No space left on device"
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]
    assert fill_whole(path, lambda file: file.write(b"\0new")) is None
    assert path.read_bytes() == b"\0new"


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
def test_whatever_ends_the_writing_leaves_the_old_file_alone(
    error: type[BaseException], tmp_path: Path
) -> None:
    path = tmp_path / "report.html"
    path.write_text("old\n")

    def fill(file: BinaryIO) -> None:
        file.write(b"half")
        raise error

    with pytest.raises(error):
        fill_whole(path, fill)
    assert (path.read_text(), list(tmp_path.iterdir())) == ("old\n", [path])
