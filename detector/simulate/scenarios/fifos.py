"""Scenarios in which a call waits after its use, as opening a FIFO waits for its other end.

`openat-late`: the path is rewritten once the kernel has used it. `openat2-restore`: another path
stands there while the kernel copies it, and the first one before and after.
"""

from __future__ import annotations

import os
import tempfile
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from detector.raw_syscall import raw_syscall
from detector.simulate.faults import FaultServer
from detector.simulate.held_text import HeldText
from detector.simulate.pages import write
from detector.simulate.scenario import Scenario
from detector.simulate.text_calls import AT_FDCWD
from detector.simulate.truth import CallTruth, Kind, TextTruth, text_call
from detector.simulate.waiting import while_waiting

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from detector.simulate.host import Host

USED, SHOWN = "used", "shown"
"""The names of a FIFO, and of what never is there: relative to a folder that nobody knows."""
NR_OPENAT, NR_OPENAT2 = 257, 437
_HOW_BYTES = 24
_WAITING = {"wait_for_partner", "fifo_open"}
"""fs/pipe.c: where a reader waits that has opened a FIFO."""


@contextmanager
def _folder() -> Iterator[int]:
    """Give the descriptor of a new folder with the FIFO in it; both go at the end."""
    with tempfile.TemporaryDirectory() as folder:
        os.mkfifo(Path(folder, USED))
        opened = os.open(folder, os.O_PATH | os.O_DIRECTORY)
        try:
            yield opened
        finally:
            os.close(opened)


def _partner(folder: int, then: Callable[[], None]) -> AbstractContextManager[None]:
    """Once this thread waits for it, do `then`, and open the FIFO's other end."""

    def open_it() -> None:
        # by its path, opening does not wait; whoever waits goes on
        os.close(os.open(USED, os.O_RDWR | os.O_NONBLOCK, dir_fd=folder))

    return while_waiting(_WAITING, then, open_it)


def _perform_late(_: Host, times: int) -> list[int]:
    returned = []
    with ExitStack() as stack:
        folder = stack.enter_context(_folder())
        text = stack.enter_context(HeldText())
        for _repetition in range(times):
            write(text.address, USED.encode() + b"\0")
            with _partner(folder, partial(write, text.address, SHOWN.encode() + b"\0")):
                returned.append(raw_syscall(NR_OPENAT, folder, text.address, os.O_RDONLY))
            _close(returned[-1])
    return returned


def _perform_restore(_: Host, times: int) -> list[int]:
    returned = []
    with ExitStack() as stack:
        folder = stack.enter_context(_folder())
        text, how = (stack.enter_context(HeldText()) for _ in range(2))
        server = stack.enter_context(FaultServer())
        server.register(how.held)
        for _repetition in range(times):
            shown, used = (name.encode() + b"\0" for name in (SHOWN, USED))
            write(text.address, shown)
            # `how` is copied before the path is (fs/open.c: openat2)
            server.arm(how.held, partial(write, text.address, used), bytes(_HOW_BYTES))
            with _partner(folder, partial(write, text.address, shown)):
                returned.append(raw_syscall(NR_OPENAT2, folder, text.address, how.held, _HOW_BYTES))
            _close(returned[-1])
            server.check()
    return returned


def _perform_race(_: Host, times: int) -> list[int]:
    """Play a race in which a look at the entry reads all of the path."""
    returned = []
    with ExitStack() as stack:
        text, how = (stack.enter_context(HeldText()) for _ in range(2))
        server = stack.enter_context(FaultServer())
        server.register(how.held)
        for _repetition in range(times):
            write(text.address, SHOWN.encode() + b"\0")
            used = USED.encode() + b"\0"
            server.arm(how.held, partial(write, text.address, used), bytes(_HOW_BYTES))
            returned.append(raw_syscall(NR_OPENAT2, AT_FDCWD, text.address, how.held, _HOW_BYTES))
            server.check()
    return returned


def _close(opened: int) -> None:
    if opened >= 0:
        os.close(opened)


def _truth(
    syscall: str, looks: tuple[str, str, str], kind: Kind, window: str, error: str | None
) -> Callable[[Host, int], tuple[CallTruth, ...]]:
    entry, use, at_exit = looks

    def calls(_: Host, times: int) -> tuple[CallTruth, ...]:
        text = TextTruth(entry=entry, use=use, exit=at_exit, kind=kind, window=window)
        return tuple(
            text_call(syscall, repetition, error, {"pathname": text}) for repetition in range(times)
        )

    return calls


FIFOS = (
    Scenario(
        name="openat-late",
        summary="another path once the kernel has used it",
        calls=_truth("openat", (USED, USED, SHOWN), "late", "use→exit", None),
        perform=_perform_late,
    ),
    Scenario(
        name="openat2-restore",
        summary="another path for the kernel alone, the same before and after",
        calls=_truth("openat2", (SHOWN, USED, SHOWN), "restore", "entry→use", None),
        perform=_perform_restore,
    ),
    Scenario(
        name="openat2-held",
        summary="a path that observers read whole, another for the kernel",
        calls=_truth("openat2", (SHOWN, USED, USED), "race", "entry→use", "ENOENT"),
        perform=_perform_race,
    ),
)
