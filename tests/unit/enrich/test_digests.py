"""Digests are right, remembered by the version of the file, and never waited for without bound."""

from __future__ import annotations

import hashlib
import io
import os
import threading
from pathlib import Path

import pytest

from detector.enrich import digests
from detector.enrich.bounded import BoundedReader
from detector.enrich.digests import LARGE, SLOW, Digests
from detector.errors import EnrichmentError

SECONDS = 30.0


class Slow(io.FileIO):
    """A file whose bytes are held back until they are let go."""

    def __init__(self, path: Path, go: threading.Event) -> None:
        super().__init__(path)
        self._go = go

    def read(self, size: int | None = -1, /) -> bytes:
        self._go.wait(SECONDS)
        return super().read(size) or b""


@pytest.fixture
def program(tmp_path: Path) -> Path:
    path = tmp_path / "program"
    path.write_bytes(b"\x7fELF" + bytes(3 << 20))
    return path


def expected(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_digest_is_the_files(program: Path) -> None:
    file = io.FileIO(program)
    assert Digests(BoundedReader()).sha256(file, SECONDS) == expected(program)
    assert file.closed


def test_a_digest_is_remembered_until_the_file_changes(program: Path) -> None:
    known = Digests(BoundedReader())
    first = known.sha256(io.FileIO(program), SECONDS)
    assert known.sha256(io.FileIO(program), 0.0) == first  # no time to hash it again
    before = program.stat()
    program.write_bytes(b"other" + bytes((3 << 20) - 1))
    os.utime(program, ns=(before.st_atime_ns, before.st_mtime_ns))  # its owner sets it back
    assert program.stat().st_size == before.st_size
    assert known.sha256(io.FileIO(program), SECONDS) == expected(program) != first


def test_a_slow_file_is_not_hashed_in_time_and_is_known_the_next_time(program: Path) -> None:
    reader, go = BoundedReader(), threading.Event()
    known = Digests(reader)
    with pytest.raises(EnrichmentError, match=SLOW):
        known.sha256(Slow(program, go), 0.01)
    with pytest.raises(EnrichmentError, match=SLOW):  # one that is being hashed is not begun again
        known.sha256(Slow(program, go), SECONDS)
    assert reader.stuck == 1
    go.set()
    for thread in threading.enumerate():
        if thread.name == "toctrace-proc-read":
            thread.join(SECONDS)
    assert known.sha256(io.FileIO(program), 0.0) == expected(program)


def test_a_large_file_is_not_hashed(program: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(digests, "MOST_BYTES", 1000)
    with pytest.raises(EnrichmentError, match=LARGE):
        Digests(BoundedReader()).sha256(io.FileIO(program), SECONDS)
