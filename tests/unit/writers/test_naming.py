"""The own process is named: what runs in it is known by other means."""

from __future__ import annotations

import ctypes
import os
import threading
import time
from pathlib import Path

from detector.enrich.bounded import BoundedReader
from detector.enrich.procfs import NS_PER_TICK
from detector.model.writer import Way
from detector.writers.naming import REUSED, Namer
from detector.writers.wire import Seen, Write

QSORT = ctypes.cast(ctypes.CDLL(None).qsort, ctypes.c_void_p).value or 0


def namer() -> Namer:
    return Namer(Path("/proc"), BoundedReader())


def seen(*stack: int, tgid: int | None = None, tid: int | None = None, age: int = 0) -> Seen:
    """A write by the calling thread, or by another one, that began `age` ticks before now."""
    own = os.getpid()
    now = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
    write = Write(0x1000, stack[0], own, tgid or own, tid or threading.get_native_id(), Way.STORE)
    return Seen(
        write=write,
        time_ns=now,
        start_ns=now - age * NS_PER_TICK,
        word=1,
        comm="x",
        stack=stack,
    )


def test_instruction_and_program_are_named() -> None:
    code = namer().code(seen(QSORT + 3, QSORT + 2))
    assert [frame.symbol for frame in code.frames] == ["qsort", "qsort"]
    assert code.executable == str(Path("/proc/self/exe").readlink())
    assert code.missing == ""


def test_a_stack_ends_where_it_leaves_the_code() -> None:
    buffer = ctypes.create_string_buffer(8)
    code = namer().code(seen(QSORT + 3, ctypes.addressof(buffer), QSORT + 9))
    assert [frame.address for frame in code.frames] == [QSORT + 3]


def test_a_writer_that_has_ended_keeps_its_addresses() -> None:
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)
    code = namer().code(seen(QSORT + 3, 9, tgid=child, tid=child))
    assert [frame.address for frame in code.frames] == [QSORT + 3, 9]
    assert "had ended" in code.missing


def test_another_process_with_the_number_is_not_named() -> None:
    code = namer().code(seen(QSORT + 3, age=10**9))
    assert code.missing == REUSED
    assert (code.executable, code.frames[0].symbol) == (None, "")
