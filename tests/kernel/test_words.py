"""The words of execve's argv: whose memory they lie in decides whether a denied look matters."""

from __future__ import annotations

import ctypes
import mmap
import os
from collections.abc import Iterator

import pytest

from detector.capture.capture import Capture, own_pidfd
from detector.capture.filters import Filters
from detector.capture.wire import Seed
from detector.correlate.correlator import correlate
from detector.model.judgement import JudgedCall, Kind
from detector.simulate.scenarios.words import PROGRAM, _execute, _in_child, _words_of
from detector.syscalls.table import BY_NAME

PAGE = 4096


@pytest.fixture(scope="module")
def capture() -> Iterator[Capture]:
    """A capture that watches this process and its children."""
    with Capture((BY_NAME["execve"],)) as capture:
        pidfd = own_pidfd()
        capture.mark(pidfd, Seed.MARKED)
        os.close(pidfd)
        capture.follow_descendants()
        yield capture


def executed(capture: Capture, flags: int, *, gated: bool) -> list[JudgedCall]:
    """Execute with a word in a mapping that the caller has not touched; give what was sent."""
    memory = os.memfd_create("words")
    os.ftruncate(memory, PAGE)
    os.pwrite(memory, b"another's\0", 0)

    def execute() -> int:
        mapping = mmap.mmap(memory, PAGE, flags=flags)
        words = _words_of(ctypes.addressof(ctypes.c_char.from_buffer(mapping)))
        return _execute(PROGRAM, ctypes.addressof(words))

    capture.arm(Filters(marked=True), gated=gated)
    assert _in_child(execute) == 0
    capture.disarm()
    os.close(memory)
    armed = capture.armed_stages
    return list(correlate([*capture.read(200), *capture.read(0)], armed=armed))


@pytest.mark.parametrize("gated", [True, False])
def test_words_in_memory_that_others_write_are_blind(capture: Capture, *, gated: bool) -> None:
    (call,) = executed(capture, mmap.MAP_SHARED, gated=gated)
    assert (call.kind, call.fault_foreign) == (Kind.BLIND, True)
    assert [argument.kind for argument in call.arguments] == [None, Kind.BLIND]


@pytest.mark.parametrize("gated", [True, False])
def test_words_that_nobody_touched_yet_are_honest(capture: Capture, *, gated: bool) -> None:
    calls = executed(capture, mmap.MAP_PRIVATE, gated=gated)
    told = [(call.kind, call.fault_foreign) for call in calls]
    assert told == ([] if gated else [(None, False)])
