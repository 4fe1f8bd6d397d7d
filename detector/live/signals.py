"""Signals taken in turn with the work, never in the middle of it."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager

STOPPING = frozenset({signal.SIGINT, signal.SIGTERM})
"""What ends `watch`."""
RELOADING = frozenset({signal.SIGHUP})
"""What makes `watch` read its rules and open its output again (`systemctl reload`)."""
PASSED_ON = STOPPING | {signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2}
"""What `run` passes on to its command."""

ENDING = STOPPING | {signal.SIGHUP, signal.SIGQUIT}
"""What ends `run`'s lingering, when its command has ended."""


def hold_back(numbers: frozenset[signal.Signals]) -> None:
    """Keep these signals for `taken`, until this process ends."""
    signal.pthread_sigmask(signal.SIG_BLOCK, numbers)


@contextmanager
def held_back(numbers: frozenset[signal.Signals]) -> Iterator[None]:
    """Keep these signals for `taken`; on leaving, what is still pending is dropped."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, numbers)
    try:
        yield
    finally:
        while signal.sigtimedwait(numbers, 0) is not None:
            pass
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def taken(numbers: frozenset[signal.Signals]) -> signal.struct_siginfo | None:
    """Give one pending signal, or None; never waits."""
    return signal.sigtimedwait(numbers, 0)


def from_terminal(info: signal.struct_siginfo) -> bool:
    """Whether the kernel sent it: a key at the terminal, which the whole process group gets."""
    return info.si_code > 0
