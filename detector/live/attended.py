"""A held command, attended from its release to its end."""

from __future__ import annotations

import time
from collections.abc import Callable

from detector.live.held import HeldCommand
from detector.live.signals import ENDING, PASSED_ON, from_terminal, taken

TICK_MS = 50
"""How often the command's end and signals are looked for."""


def attend(command: HeldCommand, step: Callable[[int], None]) -> int:
    """Let `command` go, call `step(ms)` until it has ended, and give its status.

    A signal sent to the tool alone is passed on; one from the terminal has reached the command
    already, as both are in one process group. Signals are to be held back; what comes when the
    command has ended is left for who goes on.
    """
    command.let_go()
    while not command.ended():
        info = taken(PASSED_ON)
        if info is not None and not from_terminal(info):
            command.send(info.si_signo)
        step(TICK_MS)
    assert command.status is not None  # noqa: S101  (`ended` said so)
    return command.status


def linger(left: Callable[[], object], step: Callable[[int], None], seconds: float) -> None:
    """Call `step(ms)` while anybody is `left`, for at most so many seconds, or until a signal.

    Signals are to be held back.
    """
    until = time.monotonic() + seconds
    while left() and time.monotonic() < until and taken(ENDING) is None:
        step(TICK_MS)


def wait(ms: int) -> None:
    """Do nothing for `ms`: the step of a command that runs unwatched."""
    time.sleep(ms / 1000)
