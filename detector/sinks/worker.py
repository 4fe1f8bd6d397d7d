"""The thread of one sink: connects, sends, waits longer after each failure, and says how it is."""

from __future__ import annotations

import random
import signal
import threading
import time
from collections.abc import Callable

import structlog

from detector.errors import SinkError
from detector.model.observation import SinkState
from detector.sinks.backlog import Backlog
from detector.sinks.record import Record
from detector.sinks.transport import Transport

TICK_S = 0.5
"""How often a quiet connection is looked at."""
FIRST_WAIT_S, LONGEST_WAIT_S = 0.25, 15.0
"""Between attempts: twice as long each time, and up to a quarter more by chance."""
STEADY_S = 5.0
"""A connection that lasted this long makes the next wait short again."""
FAREWELL_S = 1.0
"""How long the end of a connection waits for the other side's."""

log: structlog.stdlib.BoundLogger = structlog.get_logger()


class Worker(threading.Thread):
    """Delivers one backlog by one transport until it is told to stop."""

    def __init__(
        self,
        label: str,
        transport: Transport,
        backlog: Backlog,
        with_dropped: Callable[[bytes, int], bytes],
    ) -> None:
        """`with_dropped` writes into a payload how many messages before it were lost."""
        super().__init__(name=f"sink {label}", daemon=True)
        self.label = label
        self.backlog = backlog
        self._transport = transport
        self._with_dropped = with_dropped
        self._stopping = threading.Event()
        self._failure = ""
        self._since_s = time.monotonic()

    def run(self) -> None:
        """Deliver. Signals are the main thread's."""
        signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        wait_s = FIRST_WAIT_S
        while not self._stopping.is_set() or (self.backlog.unsent and not self._failure):
            began = time.monotonic()
            try:
                self._connected()
            except SinkError as error:
                self._failed(str(error))
                wait_s = FIRST_WAIT_S if time.monotonic() - began > STEADY_S else wait_s
                self._stopping.wait(wait_s * random.uniform(1, 1.25))  # noqa: S311
                wait_s = min(wait_s * 2, LONGEST_WAIT_S)

    def stop(self) -> None:
        """End soon: what waits is sent if the sink takes it, and nothing is tried twice."""
        self._stopping.set()
        self.backlog.wake()

    def state(self) -> SinkState:
        """Say what became of the sink's messages."""
        sent, queued, dropped, age_s, disk = self.backlog.state()
        return SinkState(
            name=self.label,
            sent=sent,
            queued=queued,
            dropped=dropped,
            failure="; ".join(filter(None, (self._failure, disk))),
            age_s=age_s,
        )

    def _connected(self) -> None:
        """Send what comes, over one connection. Raises SinkError where that breaks."""
        self._transport.open()
        empty_s = time.monotonic()
        try:
            while True:
                record = self.backlog.take(0 if self._stopping.is_set() else TICK_S)
                if record is not None:
                    self._send(record)
                elif self._stopping.is_set():
                    break
                else:
                    self._transport.check()
                    self._recovered()
                if self._transport.taken():
                    empty_s = time.monotonic()
                    window_s = self._transport.window_s
                    self.backlog.settle(empty_s - window_s if window_s else empty_s)
                while self.backlog.full() and not self._transport.taken():
                    self._transport.check()
                    time.sleep(0.01)
            if self._transport.close(FAREWELL_S):
                self.backlog.settle(time.monotonic())
        except SinkError:
            self.backlog.broke()
            raise

    def _send(self, record: Record) -> None:
        payload = record.payload
        if record.said:
            payload = self._with_dropped(payload, record.said)
        self._transport.send(payload)
        self.backlog.sent()
        self._recovered()

    def _failed(self, reason: str) -> None:
        if not self._failure:
            self._since_s = time.monotonic()
            log.error("sink_down", sink=self.label, reason=reason)
        elif self._failure != reason:
            log.warning("sink_still_down", sink=self.label, reason=reason)
        self._failure = reason
        self.backlog.broke()

    def _recovered(self) -> None:
        if self._failure:
            down_s = round(time.monotonic() - self._since_s, 1)
            log.warning("sink_up", sink=self.label, was_down_s=down_s)
            self._failure = ""
        self.backlog.works()
