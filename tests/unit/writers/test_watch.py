"""The own process is watched, by watchpoints that are none."""

from __future__ import annotations

import errno
import mmap
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

from detector.enrich.bounded import BoundedReader
from detector.enrich.procfs import ProcessDirectory
from detector.writers.perf_event import Word
from detector.writers.program import WriterProgram
from detector.writers.watch import Spot, Watch
from detector.writers.words import MaskWord
from tests.unit.writers.fake_program import FakeProgram
from tests.unit.writers.test_sharers import address_of, forked

PROC = Path("/proc")


@contextmanager
def watching(program: FakeProgram, address: int) -> Iterator[Watch]:
    words = [MaskWord("old_nodes", Word(address, 8))]
    with ProcessDirectory(PROC, os.getpid()) as directory:
        watch = Watch(cast("WriterProgram", program), directory, words, PROC, BoundedReader())
        try:
            yield watch
        finally:
            watch.close()


def test_every_thread_has_a_watchpoint_until_the_watch_is_closed(page: mmap.mmap) -> None:
    address, program, ended = address_of(page), FakeProgram(), threading.Event()
    thread = threading.Thread(target=ended.wait, daemon=True)
    thread.start()
    with watching(program, address) as watch:
        watched = {tid for tid, _ in program.open_watchpoints}
        assert {os.getpid(), thread.native_id} <= watched  # and what else of pytest's is there
        assert watch.events == len(watched)
        assert program.expected == {(os.getpid(), Word(address, 8))}
    ended.set()
    thread.join()
    assert program.open_watchpoints == set()
    assert program.expected == set()


def test_a_process_that_shares_the_page_is_watched_too(page: mmap.mmap) -> None:
    address, program = address_of(page), FakeProgram()
    with watching(program, address) as watch, forked() as child:
        # the tool itself is never looked at, and here it is the caller: its child is
        watch.look_around()
        assert (child, Word(address, 8)) in program.open_watchpoints
        assert watch.spots[Spot(child, address)].argument == "old_nodes"


def test_a_refused_watchpoint_is_said_and_ends_nothing(page: mmap.mmap) -> None:
    program = FakeProgram(refuses=errno.ENOSPC)
    with watching(program, address_of(page)) as watch:
        assert watch.refused["no debug register is free"] >= 1
        assert watch.events == 0
    assert program.open_watchpoints == set()


def test_no_room_for_writes_from_outside_is_said(page: mmap.mmap) -> None:
    program = FakeProgram(room=0)
    with watching(program, address_of(page)) as watch:
        assert any("from outside" in reason for reason in watch.refused)
        assert program.open_watchpoints


def test_a_thread_whose_number_became_anothers_is_not_watched(page: mmap.mmap) -> None:
    program = FakeProgram()
    with watching(program, address_of(page)) as watch:
        before = program.open_watchpoints
        watch._set(2**22 + 1, Word(0x1000, 8), watch._same_process)
        assert program.open_watchpoints == before
        assert watch.refused["the thread had ended"] == 1
