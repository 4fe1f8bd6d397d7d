"""Follows every process of the host by the connector, or says why it cannot."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from detector.enrich.connector import ProcessConnector
from detector.enrich.learner import Learner
from detector.enrich.processes import ProcessTable
from detector.errors import EnrichmentError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from detector.enrich.bounded import BoundedReader
    from detector.enrich.namespaces import Namespaces
    from detector.enrich.processes import Life
    from detector.model.process_change import ProcessChange

PUMP_SECONDS = 0.1
"""So long events are taken in at once."""
BATCH = 32

NAMESPACED = "it tells only tools in the initial pid and user namespaces"
FOREIGN_PROC = "/proc is mounted for another pid namespace"


def connect(own: Namespaces) -> ProcessConnector:
    """Open the connector where its numbers are those of /proc; raise EnrichmentError."""
    if not (own.initial_pid and own.initial_user):
        raise EnrichmentError(NAMESPACED)
    if own.shown_pid != own.pid:
        raise EnrichmentError(FOREIGN_PROC)
    return ProcessConnector()


class Follower:
    """The table of processes and what keeps it up to date."""

    def __init__(
        self, root: Path, reader: BoundedReader, connector: ProcessConnector | None, refusal: str
    ) -> None:
        """Follow by `connector`; `refusal`: why there is none."""
        self._connector = connector
        self._refusal = refusal
        self._overruns = 0
        self._lost = 0
        self._table = ProcessTable()
        self._learner = Learner(self._table, root, reader)

    def seed(self) -> None:
        """Take in what runs already, if anything is told from now on."""
        if self._connector is not None:
            self._learner.seed()

    def tell_to(self, tell: Callable[[ProcessChange], None]) -> None:
        """Tell what runs, and from now on what processes do, in order and with its losses."""
        if self._connector is not None:
            self.pump()
            self._learner.tell_to(tell)

    def fileno(self) -> int | None:
        """Give the descriptor that is readable while events wait; None: there is none."""
        return None if self._connector is None else self._connector.fileno()

    def pump(self, seconds: float = PUMP_SECONDS) -> bool:
        """Take in events that wait, for at most `seconds`; give whether none is left."""
        connector = self._connector
        if connector is None:
            return False
        deadline = time.monotonic() + seconds
        while connector.waiting():
            if time.monotonic() > deadline:
                self._learner.behind(time.clock_gettime_ns(time.CLOCK_BOOTTIME))
                return False
            try:
                self._learner.learn(connector.drain(BATCH))
            except OSError as error:
                self._refusal = f"it broke: {error.strerror or error}"
                self._learner.behind(time.clock_gettime_ns(time.CLOCK_BOOTTIME))
                self.close()
                return False
            self._overruns, self._lost = connector.overruns, connector.lost
        return True

    def find(self, tgid: int, start_ns: int, *, leader: bool) -> Life | None:
        """Give the process of a task; None where the table is not certain or not up to date."""
        return self._table.find(tgid, start_ns, leader=leader) if self.pump() else None

    def notes(self) -> tuple[str, ...]:
        """Say what names could not be had, and why."""
        notes = []
        if self._refusal:
            notes.append(
                f"no process connector: {self._refusal}; "
                "a process that ended before its call was judged stays without a name"
            )
        if self._overruns or self._lost:
            notes.append(
                f"names lost: the process connector dropped at least {self._lost} events "
                f"({self._overruns} overruns)"
            )
        return tuple(notes)

    def close(self) -> None:
        """Close the socket; a second time does nothing."""
        if self._connector is not None:
            self._connector.close()
            self._connector = None
