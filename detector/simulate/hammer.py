"""A thread that rewrites one word at full speed, without the interpreter's lock."""

from __future__ import annotations

import ctypes
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from detector.errors import SimulationError
from detector.simulate import machine, pages
from detector.simulate.pages import Region

if TYPE_CHECKING:
    from collections.abc import Iterator

DEADLINE_NS = 20_000_000_000
"""How long the thread may take to begin, in ns."""


@contextmanager
def hammering(address: int, first: int, second: int) -> Iterator[None]:
    """Keep the word at `address` changing between `first` and `second` inside the block."""
    with machine.loaded(machine.HAMMER) as code, Region(1) as stop:
        pages.write_word(stop.address, 0)
        word = ctypes.c_ulong
        function = ctypes.CFUNCTYPE(None, word, word, word, word)(code)
        thread = threading.Thread(
            target=function, args=(address, first, second, stop.address), daemon=True
        )
        pages.write_word(address, first)
        thread.start()
        try:
            _wait_for(address, second)
            yield
        finally:
            pages.write_word(stop.address, 1)
            thread.join()


def _wait_for(address: int, word: int) -> None:
    """Return when the word has been seen at the address; raise SimulationError if it never is."""
    deadline = time.monotonic_ns() + DEADLINE_NS
    while pages.read_word(address) != word:
        if time.monotonic_ns() > deadline:
            message = "the writing thread did not begin"
            raise SimulationError(message)
        time.sleep(0)
