"""Waiting for a condition, and not for so many seconds."""

from __future__ import annotations

import time
from collections.abc import Callable

DEADLINE_S = 600


def wait_until(holds: Callable[[], bool]) -> None:
    """Wait until it holds; fails where that takes too long."""
    deadline = time.monotonic() + DEADLINE_S
    while not holds():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.1)
