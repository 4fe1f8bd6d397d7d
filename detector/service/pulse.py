"""When systemd is told that the loop still turns, and how far it has come."""

from __future__ import annotations

import time
from collections.abc import Callable

from detector.service.notify import ALIVE, READY, STOPPING, Notifier, status

STATUS_S = 5.0
"""How often the status line is made anew."""


class Pulse:
    """Beats from the loop that does the work, so that a hung loop falls silent.

    A thread or a timer of its own would go on beating for a loop that is dead.
    """

    def __init__(
        self,
        notifier: Notifier,
        told: Callable[[], str],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`told` gives the status line; `clock` gives seconds that only grow."""
        self._notifier = notifier
        self._told = told
        self._clock = clock
        # half of what systemd accepts, as sd_watchdog_enabled(3) recommends
        self._every = None if notifier.watchdog is None else notifier.watchdog / 2
        self._beat_at = self._status_at = clock()

    def ready(self) -> None:
        """Say that everything is armed."""
        self._notifier.tell(READY, status(self._told()))

    def beat(self) -> None:
        """Say what is due by now; to be called on every turn of the loop."""
        if not self._notifier.listened_to:
            return
        now = self._clock()
        if self._every is not None and now - self._beat_at >= self._every:
            self._beat_at = now
            self._notifier.tell(ALIVE)
        if now - self._status_at >= STATUS_S:
            self._status_at = now
            self._notifier.tell(status(self._told()))

    def stopping(self) -> None:
        """Say that the end has begun."""
        self._notifier.tell(STOPPING, status(f"stopping; {self._told()}"))
