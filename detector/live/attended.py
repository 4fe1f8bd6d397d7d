"""A held command, attended from its release to its end."""

from __future__ import annotations

import time
from collections.abc import Callable

from detector.live.held import HeldCommand
from detector.live.signals import PASSED_ON, from_terminal, held_back, taken

TICK_MS = 50
"""How often the command's end and signals are looked for."""


def attend(command: HeldCommand, step: Callable[[int], None]) -> int:
    """Let `command` go, call `step(ms)` until it has ended, and give its status.

    A signal sent to the tool alone is passed on; one from the terminal has reached the command
    already, as both are in one process group.
    """
    with held_back(PASSED_ON):
        command.let_go()
        while not command.ended():
            step(TICK_MS)
            info = taken(PASSED_ON)
            if info is not None and not from_terminal(info):
                command.send(info.si_signo)
    assert command.status is not None  # noqa: S101  (`ended` said so)
    return command.status


def wait(ms: int) -> None:
    """Do nothing for `ms`: the step of a command that runs unwatched."""
    time.sleep(ms / 1000)
