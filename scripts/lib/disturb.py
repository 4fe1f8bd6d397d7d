"""Disturbances of the tool and of its host, one after another, until told to stop."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path

EVERY_S = 10.0
FOR_S = 1.0
LOOK_S = 0.1
HOUR_S = 3600
LAST_CPU = Path(f"/sys/devices/system/cpu/cpu{(os.cpu_count() or 1) - 1}/online")


def stop_reader(pid: int) -> str:
    """Stop the tool for a while, and let it go on."""
    os.kill(pid, signal.SIGSTOP)
    time.sleep(FOR_S)
    os.kill(pid, signal.SIGCONT)
    return "reader stopped and continued"


def step_clock(_pid: int) -> str:
    """Set the host's clock forward by an hour, and back by two, and right again."""
    for step in (HOUR_S, -2 * HOUR_S, HOUR_S):
        time.clock_settime(time.CLOCK_REALTIME, time.clock_gettime(time.CLOCK_REALTIME) + step)
        time.sleep(FOR_S / 2)
    return "clock stepped by hours"


def unplug_cpu(_pid: int) -> str:
    """Take the last CPU away, and give it back."""
    LAST_CPU.write_text("0", encoding="ascii")
    time.sleep(FOR_S)
    LAST_CPU.write_text("1", encoding="ascii")
    return "processor unplugged and plugged"


OF_THE_TOOL = (stop_reader,)
OF_THE_HOST = (step_clock, unplug_cpu)
"""Only in a machine of one's own."""


class Disturber:
    """Disturbs, each way in turn; `done` tells how often by what was done."""

    def __init__(self, *, host: bool, every_s: float = EVERY_S) -> None:
        """`host`: disturb the host as well as the tool."""
        self._ways = OF_THE_TOOL + (OF_THE_HOST if host else ())
        self._every_s = every_s
        self.done: dict[str, int] = {}

    def __call__(self, pid: int, ended: threading.Event, begun: Callable[[], bool]) -> None:
        """Disturb the tool with that pid from when it has begun to watch until it has ended."""
        while not begun():
            if ended.wait(LOOK_S):
                return
        turn = 0
        while not ended.wait(self._every_s):
            way = self._ways[turn % len(self._ways)]
            turn += 1
            try:
                told = way(pid)
            except ProcessLookupError:  # it has just ended
                return
            self.done[told] = self.done.get(told, 0) + 1
