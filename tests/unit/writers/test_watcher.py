"""Suspicion in, writers out; the own process is the caller, and the kernel is made up."""

from __future__ import annotations

import ctypes
import mmap
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import cast

import msgspec
import pytest

from detector.model.judgement import JudgedCall
from detector.model.writer import Way
from detector.writers.limits import WORDS
from detector.writers.program import WriterProgram
from detector.writers.watcher import (
    ELSEWHERE,
    MOST_WAITING,
    OCCUPIED,
    UNHEARD,
    NoWatcher,
    WriterWatcher,
)
from detector.writers.wire import Seen, Write
from tests.unit.builders import Mask, content, ladder
from tests.unit.enrich.fake_proc import real_task
from tests.unit.samples import judged
from tests.unit.writers.fake_program import FakeProgram
from tests.unit.writers.test_sharers import address_of, forked

QSORT = ctypes.cast(ctypes.CDLL(None).qsort, ctypes.c_void_p).value or 0
DEADLINE_S = 30.0


@pytest.fixture
def program() -> FakeProgram:
    return FakeProgram()


@pytest.fixture
def watcher(program: FakeProgram) -> Iterator[WriterWatcher]:
    with WriterWatcher(cast("WriterProgram", program), (), Path("/proc")) as opened:
        opened.start()
        yield opened
    assert program.closed
    assert program.open_watchpoints == set()


def call_at(
    address: int, *, began_ns: int = 1_000, words: int = 1, pid: int | None = None
) -> JudgedCall:
    """A raced call, of the own process by default, of so many words that changed."""
    before = content(*(64 * word for word in range(words)), length=8 * words, address=address)
    after = content(*(64 * word + 1 for word in range(words)), length=8 * words, address=address)
    raced = Mask(before, copy=after, exit=after)
    task = real_task(pid or os.getpid())
    return judged(ladder(masks={"old_nodes": raced}, task=task, began_ns=began_ns))


def until(condition: Callable[[], object]) -> None:
    end = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def write_at(address: int, *, tid: int = 1, owner: int | None = None) -> Seen:
    own = os.getpid()
    now = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
    return Seen(
        write=Write(address, QSORT + 2, owner or own, own, tid, Way.STORE),
        time_ns=now,
        start_ns=now,
        word=2,
        comm="racer",
        stack=(QSORT + 2,),
    )


def test_a_write_of_a_watched_word_is_named_in_later_findings(
    watcher: WriterWatcher, program: FakeProgram, page: mmap.mmap
) -> None:
    address = address_of(page)
    call = call_at(address)
    assert watcher.suspect(call) == ()
    until(lambda: program.open_watchpoints)
    seen = write_at(address)
    program.counted[seen.write] = (15_255, 77)
    program.coming.append(seen)

    until(lambda: watcher.suspect(call))
    (writer,) = watcher.suspect(call)
    assert writer.hits == 15_255  # of the very first finding that names it
    assert (writer.argument, writer.address, writer.word) == ("old_nodes", address, 2)
    assert (writer.frames[0].symbol, writer.frames[0].symbol_offset) == ("qsort", 2)
    assert (writer.way, writer.comm, writer.last_ns) == (Way.STORE, "racer", 77)


def test_a_write_elsewhere_names_nobody(
    watcher: WriterWatcher, program: FakeProgram, page: mmap.mmap
) -> None:
    address = address_of(page)
    call = call_at(address)
    watcher.suspect(call)
    until(lambda: program.open_watchpoints)
    program.coming += [write_at(address + 8), write_at(address, tid=2)]
    until(lambda: watcher.suspect(call))
    assert [writer.tid for writer in watcher.suspect(call)] == [2]


def test_a_write_seen_as_its_word_is_let_go_is_named_and_may_be_told_again(
    watcher: WriterWatcher,
    program: FakeProgram,
    page: mmap.mmap,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("detector.writers.watcher.HOLD_S", 0.3)
    address = address_of(page)
    call, seen = call_at(address), write_at(address)
    program.last_moment = [seen]
    watcher.suspect(call)
    until(lambda: program.watched)
    until(lambda: not program.open_watchpoints)
    until(lambda: watcher.suspect(call))
    assert [writer.address for writer in watcher.suspect(call)] == [address]
    until(lambda: not program.counted)


def test_a_write_is_named_to_every_watched_caller_that_has_the_word(
    watcher: WriterWatcher, program: FakeProgram, page: mmap.mmap
) -> None:
    address = address_of(page)
    with forked() as child:
        other = call_at(address, pid=child)
        watcher.suspect(call_at(address))
        watcher.suspect(other)
        until(lambda: len(program.expected) == 2)
        seen = write_at(address, owner=child, tid=3)
        program.coming.append(seen)
        until(lambda: watcher.suspect(other))
        until(lambda: watcher.suspect(call_at(address)))


def test_never_more_than_four_words_are_watched_and_the_rest_is_said(
    watcher: WriterWatcher, program: FakeProgram, page: mmap.mmap
) -> None:
    address = address_of(page)
    watcher.suspect(call_at(address, words=3))
    until(lambda: len({word for _, word in program.open_watchpoints}) == 3)
    watcher.suspect(call_at(address + 256, words=3, began_ns=10**12))
    until(lambda: len({word for _, word in program.open_watchpoints}) == WORDS)
    watcher.finish()
    assert any(OCCUPIED in note for note in watcher.notes())


def test_a_caller_that_has_ended_is_said_and_ends_nothing(watcher: WriterWatcher) -> None:
    call = call_at(0x1000)
    gone = msgspec.structs.replace(call, task=msgspec.structs.replace(call.task, start_ns=1))
    watcher.suspect(gone)
    until(watcher.notes)
    assert "could not be watched" in watcher.notes()[0]


def test_suspicions_that_find_no_room_to_wait_are_counted(program: FakeProgram) -> None:
    with WriterWatcher(cast("WriterProgram", program), (), Path("/proc")) as idle:  # not started
        for second in range(MOST_WAITING + 2):
            idle.suspect(call_at(0x1000, began_ns=second * 10**9))
        assert idle.notes() == (f"writers: 2 {UNHEARD}",)


def test_what_cannot_be_loaded_is_said_and_watches_for_nobody() -> None:
    with WriterWatcher(None, (ELSEWHERE,), Path("/proc")) as watcher:
        watcher.start()
        assert watcher.suspect(call_at(0x1000)) == ()
        assert watcher.notes() == (ELSEWHERE,)


def test_without_the_option_there_are_no_writers() -> None:
    assert NoWatcher().suspect(call_at(0x1000)) == ()
