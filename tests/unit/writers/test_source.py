from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from detector.writers.source import LONGEST_LINE, source_line


@pytest.fixture
def own() -> Iterator[int]:
    descriptor = os.open("/proc/self", os.O_RDONLY | os.O_DIRECTORY)
    yield descriptor
    os.close(descriptor)


def write(path: Path, text: str = "one\n\ttwo();  \nthree", mode: int = 0o644) -> str:
    path.write_text(text)
    path.chmod(mode)
    return str(path)


def test_the_line_is_given_without_the_space_around_it(own: int, tmp_path: Path) -> None:
    file = write(tmp_path / "a.c")
    assert [source_line(own, file, line) for line in (1, 2, 3)] == ["one", "two();", "three"]


@pytest.mark.parametrize("line", [-1, 0, 4, 1 << 70])
def test_a_line_that_is_not_there_is_none(own: int, tmp_path: Path, line: int) -> None:
    assert source_line(own, write(tmp_path / "a.c"), line) == ""


def test_a_file_that_not_everybody_may_read_is_not_shown(own: int, tmp_path: Path) -> None:
    assert source_line(own, write(tmp_path / "secret.c", mode=0o600), 1) == ""


def test_what_does_not_look_like_source_code_is_not_shown(own: int) -> None:
    assert Path("/etc/passwd").read_text(encoding="utf-8")
    assert source_line(own, "/etc/passwd", 1) == ""


def test_a_fifo_is_not_waited_for(own: int, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.c", 0o644)
    assert source_line(own, str(tmp_path / "a.c"), 1) == ""


@pytest.mark.parametrize("file", ["", "a.c", "/no/such/file.c", "/a\0b.c"])
def test_a_path_that_leads_nowhere_has_no_line(own: int, file: str) -> None:
    assert source_line(own, file, 1) == ""


def test_a_long_line_is_cut(own: int, tmp_path: Path) -> None:
    assert source_line(own, write(tmp_path / "a.c", "x" * 999), 1) == "x" * LONGEST_LINE
