"""The thread that serves faults: what happens while the kernel is held in its copy of a mask.

A page armed here is not present. When the kernel reads it, the call stops there until this
thread has done the armed action and filled the page: the action happens between two reads of
the kernel, whatever the scheduler does.
"""

from __future__ import annotations

import os
import select
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from detector.errors import SimulationError
from detector.simulate import syscalls
from detector.simulate.faultfd import FaultFd
from detector.simulate.pages import PAGE

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

DEADLINE_S = 20
"""How long to wait for faults that must come, in seconds; only a broken host needs it."""


@dataclass
class _Armed:
    """What one page's next fault brings about."""

    content: bytes
    action: Callable[[], None] | None
    parked: bool = False
    faults: int = 0


class FaultServer:
    """Serves the faults on pages armed by the simulation; a context manager."""

    def __init__(self) -> None:
        """Open a userfaultfd; raise SimulationError where that is not permitted."""
        self._fd = FaultFd()
        self._stop = os.eventfd(0, os.EFD_CLOEXEC)
        self._armed: dict[int, _Armed] = {}
        self._changed = threading.Condition()
        self._failure: Exception | None = None
        self._thread = threading.Thread(target=self._serve, name="fault-server", daemon=True)

    def __enter__(self) -> Self:
        """Start the thread."""
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the thread; a call that is still held goes on with a page of zeros."""
        os.eventfd_write(self._stop, 1)
        self._thread.join()
        os.close(self._stop)

    def register(self, page: int) -> None:
        """Take charge of the untouched page at address `page`."""
        self._fd.register(page)

    def arm(
        self, page: int, action: Callable[[], None] | None = None, content: bytes = b""
    ) -> None:
        """Empty the page: its next fault runs `action`, then fills it with `content`."""
        syscalls.drop_content(page, PAGE)
        self._armed[page] = _Armed(content, action)

    def park(self, page: int) -> None:
        """Empty the page: whoever touches it waits until `release`."""
        syscalls.drop_content(page, PAGE)
        self._armed[page] = _Armed(b"", None, parked=True)

    def wait_parked(self, count: int) -> None:
        """Return when `count` tasks are parked; raise SimulationError if they never come."""
        with self._changed:
            if not self._changed.wait_for(lambda: self._parked() >= count, DEADLINE_S):
                message = f"only {self._parked()} of {count} calls came to wait in the kernel"
                raise SimulationError(message)

    def release(self) -> None:
        """Let every parked task go on, and every one that would still come to park."""
        with self._changed:
            for page, armed in self._armed.items():
                if armed.parked:
                    armed.parked = False
                    self._fd.fill(page, armed.content)

    def check(self) -> None:
        """Raise SimulationError unless every armed page was faulted on, and served, once."""
        with self._changed:  # held while a fault is served: its count is in before the call ends
            wrong = sum(armed.faults != 1 for armed in self._armed.values())
        if self._failure is not None:
            message = f"a fault could not be served: {self._failure}"
            raise SimulationError(message) from self._failure
        if wrong:
            message = (
                f"{wrong} masks were not read by the kernel as the scenario holds them: something "
                "refuses the call here, or another tool reads this process's memory"
            )
            raise SimulationError(message)

    def _parked(self) -> int:
        return sum(armed.parked and armed.faults > 0 for armed in self._armed.values())

    def _serve(self) -> None:
        poll = select.poll()
        poll.register(self._fd.descriptor, select.POLLIN)
        poll.register(self._stop, select.POLLIN)
        try:
            while True:
                ready = {descriptor for descriptor, _events in poll.poll()}
                for page in self._fd.faults():
                    self._serve_one(page)
                if self._stop in ready:
                    return
        finally:
            self._fd.close()  # even after a bug nobody stays held

    def _serve_one(self, page: int) -> None:
        armed = self._armed[page]
        with self._changed:
            if not armed.parked:
                try:
                    if armed.action is not None:
                        armed.action()
                except (SimulationError, OSError) as error:
                    self._failure = error
                self._fd.fill(page, armed.content)
            armed.faults += 1
            self._changed.notify_all()
