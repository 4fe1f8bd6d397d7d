from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from detector.errors import SymbolError
from detector.symbols.maps import Mapping
from detector.symbols.opening import open_mapped


@pytest.fixture
def own() -> Iterator[int]:
    descriptor = os.open("/proc/self", os.O_RDONLY | os.O_DIRECTORY)
    yield descriptor
    os.close(descriptor)


def mapping(path: Path, inode: int) -> Mapping:
    return Mapping(
        start=0x1000,
        end=0x2000,
        executable=True,
        shared=False,
        offset=0,
        device=(0, 1),
        inode=inode,
        path=bytes(path),
    )


def test_the_file_of_that_name_and_inode_is_opened(own: int, tmp_path: Path) -> None:
    mapped = tmp_path / "mapped"
    mapped.write_bytes(b"it")
    with closing(open_mapped(own, mapping(mapped, mapped.stat().st_ino))) as file:
        assert file.read() == b"it"


def test_another_file_of_that_name_is_refused(own: int, tmp_path: Path) -> None:
    mapped = tmp_path / "mapped"
    mapped.write_bytes(b"another")
    with pytest.raises(SymbolError, match="another one has its name"):
        open_mapped(own, mapping(mapped, mapped.stat().st_ino + 1))


def test_a_fifo_is_neither_opened_nor_waited_for(own: int, tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    with pytest.raises(SymbolError):
        open_mapped(own, mapping(fifo, fifo.stat().st_ino))


def test_the_running_program_is_found_when_its_path_is_gone(own: int) -> None:
    inode = os.stat("exe", dir_fd=own).st_ino
    with closing(open_mapped(own, mapping(Path("/gone (deleted)"), inode))) as file:
        assert file.read(4) == b"\x7fELF"


def test_what_has_no_path_is_refused(own: int) -> None:
    with pytest.raises(SymbolError):
        open_mapped(own, mapping(Path("[vdso]"), 1))
