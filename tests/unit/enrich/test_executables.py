"""The executable's file is opened only if it is the one that the kernel named."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from detector.enrich.executables import open_executable, places
from detector.errors import EnrichmentError
from detector.model.caller import Program


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[int]:
    """A folder as in /proc, of a process whose root is the folder `root` in it."""
    (tmp_path / "root/bin").mkdir(parents=True)
    (tmp_path / "root/bin/racer").write_bytes(b"racer")
    (tmp_path / "exe").symlink_to("root/bin/racer")
    descriptor = os.open(tmp_path, os.O_RDONLY)
    yield descriptor
    os.close(descriptor)


def program_of(path: Path) -> Program:
    found = path.stat()
    return Program(device=(os.major(found.st_dev), os.minor(found.st_dev)), inode=found.st_ino)


def opened(where: list[tuple[str, int]], program: Program | None) -> bytes:
    with open_executable(where, program) as file:
        return file.read()


def test_a_living_process_shows_it_even_without_the_kernels_word(folder: int) -> None:
    assert opened(list(places(None, folder, ())), None) == b"racer"


def test_a_path_is_believed_if_the_file_has_the_inode(folder: int, tmp_path: Path) -> None:
    where = list(places("/bin/racer", None, [folder]))
    program = program_of(tmp_path / "root/bin/racer")
    assert opened(where, program) == b"racer"
    (tmp_path / "root/bin/other").write_bytes(b"another one")
    (tmp_path / "root/bin/other").replace(tmp_path / "root/bin/racer")
    with pytest.raises(EnrichmentError, match="another one has its name"):
        opened(where, program)


def test_a_path_without_the_kernels_word_is_not_believed(folder: int) -> None:
    with pytest.raises(EnrichmentError):
        opened(list(places("/bin/racer", None, [folder])), None)


def test_a_process_that_runs_something_else_by_now_is_not_believed(
    folder: int, tmp_path: Path
) -> None:
    program = program_of(tmp_path / "root/bin/racer")
    changed = Program(device=program.device, inode=program.inode + 1)
    with pytest.raises(EnrichmentError):
        opened(list(places(None, folder, ())), changed)


def test_a_fifo_of_that_name_is_neither_waited_for_nor_taken(folder: int, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "root/fifo")
    with pytest.raises(EnrichmentError):
        opened(list(places("/fifo", None, [folder])), program_of(tmp_path / "root/fifo"))


@pytest.mark.parametrize("path", [None, "", "bin/racer", ".../bin/racer", "/with\0zero", "/../.."])
def test_what_is_no_whole_path_is_not_opened(path: str | None, folder: int) -> None:
    with pytest.raises(EnrichmentError):
        opened(list(places(path, None, [folder])), Program(device=(0, 0), inode=1))


def test_devices_without_a_driver_are_not_compared(folder: int, tmp_path: Path) -> None:
    inode = program_of(tmp_path / "root/bin/racer").inode
    where = list(places("/bin/racer", None, [folder]))
    assert opened(where, Program(device=(0, 57), inode=inode)) == b"racer"
    with pytest.raises(EnrichmentError):
        opened(where, Program(device=(250, 57), inode=inode))
