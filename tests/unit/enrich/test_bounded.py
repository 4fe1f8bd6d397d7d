from __future__ import annotations

import io
import os
import threading
import time

import pytest

from detector.enrich.bounded import BoundedReader
from detector.errors import EnrichmentError

DEADLINE = 10.0


def blocked() -> tuple[io.FileIO, int]:
    """A file whose reads wait until the other end is written to or closed."""
    reading, writing = os.pipe()
    return io.FileIO(reading), writing


def read_byte(file: io.FileIO) -> bytes:
    return file.read(1) or b""


def readers() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "toctrace-proc-read"]


def test_a_read_gives_its_result_closes_the_file_and_leaves_no_thread() -> None:
    file, writing = blocked()
    os.write(writing, b"x")
    os.close(writing)
    assert BoundedReader().read(file, read_byte, DEADLINE) == b"x"
    assert file.closed
    assert readers() == []


def test_an_error_of_the_read_is_raised() -> None:
    def broken(_file: io.FileIO) -> bytes:
        raise ProcessLookupError

    file, writing = blocked()
    with pytest.raises(ProcessLookupError):
        BoundedReader().read(file, broken, DEADLINE)
    assert file.closed
    os.close(writing)


def test_reads_held_back_are_left_behind_up_to_the_bound_and_forgiven_when_they_end() -> None:
    reader = BoundedReader(stuck_bound=1)
    file, writing = blocked()
    with pytest.raises(EnrichmentError, match="held a read"):
        reader.read(file, read_byte, 0.01)
    assert reader.stuck == 1
    other, other_writing = blocked()
    with pytest.raises(EnrichmentError, match="already hold"):
        reader.read(other, read_byte, DEADLINE)
    assert other.closed
    os.close(other_writing)
    os.close(writing)  # the read ends
    until = time.monotonic() + DEADLINE
    while reader.stuck and time.monotonic() < until:
        for thread in readers():
            thread.join(DEADLINE)
    assert reader.stuck == 0
    assert file.closed
