"""The workload: one honest call, made again and again, and one call that nobody watches."""

from __future__ import annotations

import ctypes
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager

from detector.simulate.host import read_host
from detector.simulate.masks import MAXNODE_WORD, Mask
from detector.simulate.scenario import first_old
from detector.simulate.script import NOBODY

SYS_MIGRATE_PAGES = 256
SYS_GETPPID = 110
"""arch/x86/entry/syscalls/syscall_64.tbl."""

NOTHING = "/bin/true"


@contextmanager
def calling() -> Iterator[Caller]:
    """Give a caller. Raises SimulationError where the call makes no sense on this host."""
    with Mask() as old, Mask() as new:
        old.write(first_old(0))
        new.write((read_host().node,))
        yield Caller(old, new)


class Caller:
    """Makes calls that end with ESRCH, after both masks were copied.

    A call that passes the use as well takes milliseconds, whoever watches (do_migrate_pages()
    drains every CPU's page lists first), and what watching adds is lost in that.
    """

    def __init__(self, old: Mask, new: Mask) -> None:
        """Call with these masks."""
        self._syscall = ctypes.CDLL(None, use_errno=True).syscall
        self._syscall.restype = ctypes.c_long
        words = (SYS_MIGRATE_PAGES, NOBODY, MAXNODE_WORD, old.address, new.address)
        self._watched = [ctypes.c_long(word) for word in words]

    def watched(self, calls: int) -> float:
        """Make watched calls; give ns for each."""
        return self._timed(calls, self._watched)

    def unwatched(self, calls: int) -> float:
        """Make calls that nobody watches; give ns for each."""
        return self._timed(calls, [ctypes.c_long(SYS_GETPPID)])

    def programs(self, runs: int) -> float:
        """Run a program that makes no watched call; give ns for each, from fork to end."""
        began = time.perf_counter_ns()
        for _ in range(runs):
            os.waitpid(os.posix_spawn(NOTHING, [NOTHING], {}), 0)
        return (time.perf_counter_ns() - began) / runs

    def _timed(self, calls: int, arguments: list[ctypes.c_long]) -> float:
        syscall = self._syscall
        began = time.perf_counter_ns()
        for _ in range(calls):
            syscall(*arguments)
        return (time.perf_counter_ns() - began) / calls
