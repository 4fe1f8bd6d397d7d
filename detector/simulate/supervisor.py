"""What every supervisor does: it reads what a call's pointer leads to, and decides."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import NamedTuple


class Asked(NamedTuple):
    """A call that waits for its supervisor."""

    pid: int
    number: int
    arguments: tuple[int, ...]


Decide = Callable[[Asked], bool]
"""Whether the call goes on."""


def read_memory(pid: int, address: int, length: int) -> bytes:
    """Read a task's memory, as the manual page has its supervisor do it. Raises OSError."""
    memory = os.open(f"/proc/{pid}/mem", os.O_RDONLY | os.O_CLOEXEC)
    try:
        return os.pread(memory, length, address)
    finally:
        os.close(memory)
