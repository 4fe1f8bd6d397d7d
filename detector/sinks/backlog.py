"""What waits for one sink: a little in memory, the rest in a spool, and what was just sent.

    put -> memory, or the spool -> take -> sent, in the window -> settled
                     ^------------ broke (the connection) --------'

Order is kept. While the sink works, messages pass through memory; from the first failure on they
go to disk at once, so that little is lost if the tool itself is killed then.
"""

from __future__ import annotations

import threading
import time
from collections import deque

import structlog

from detector.sinks.record import Record
from detector.sinks.spool import Spool

MEMORY_BYTES = 1 << 20
"""Unsent messages held in memory before the spool takes them."""
MEMORY_ALONE_BYTES = 16 << 20
"""The same where there is no spool, or its disk refuses: then the oldest go."""
WINDOW_BYTES = 4 << 20
"""Sent messages that are kept to be sent again."""
_NS = 1_000_000_000

log: structlog.stdlib.BoundLogger = structlog.get_logger()


class Backlog:
    """Messages for one sink, handed from the thread that renders to the one that sends."""

    def __init__(self, label: str, spool: Spool | None) -> None:
        """`spool` None: memory is all there is."""
        self._label = label
        self._spool = spool
        self._changed = threading.Condition()
        self._memory: deque[Record] = deque()
        self._memory_bytes = 0
        self._in_hand: Record | None = None
        self._window: deque[Record] = deque()
        self._window_bytes = 0
        self._being_told = 0
        self._failing = False
        self._closed = False
        self._settled = 0
        self._dropped = 0
        self._untold = spool.dropped if spool else 0
        self._disk_failure = ""

    def put(self, record: Record) -> None:
        """Add a message at the end; the oldest goes where there is no room."""
        with self._changed:
            if self._closed:
                self._lose(1)
            elif self._spool is None or not self._to_disk(self._spool, record):
                self._memory.append(record)
                self._memory_bytes += len(record.payload)
                while self._memory_bytes > MEMORY_ALONE_BYTES and len(self._memory) > 1:
                    gone = self._memory.popleft()
                    self._memory_bytes -= len(gone.payload)
                    self._lose(1)
            self._changed.notify()

    def lose(self, count: int) -> None:
        """Count messages that were thrown away before they could be queued."""
        with self._changed:
            self._lose(count)

    def take(self, wait_s: float) -> Record | None:
        """Give the oldest message that was not sent, waiting for one; None: there is none."""
        with self._changed:
            if not self._memory and not self._load():
                self._changed.wait(wait_s)
            if self._closed or (not self._memory and not self._load()):
                return None
            record = self._in_hand = self._memory.popleft()
            self._memory_bytes -= len(record.payload)
            if record.alert:
                record.said, self._untold = self._untold, 0
                self._being_told += record.said
            return record

    def sent(self) -> None:
        """Keep the message that was taken last, and sent, in case that it has to go again."""
        with self._changed:
            if self._in_hand is not None:
                self._in_hand.sent_s = time.monotonic()
                self._window.append(self._in_hand)
                self._window_bytes += len(self._in_hand.payload)
                self._in_hand = None

    def settle(self, before_s: float) -> None:
        """Let go what was sent before (monotonic clock), and what the window cannot hold."""
        with self._changed:
            while self._window and (
                self._window[0].sent_s <= before_s or self._window_bytes > WINDOW_BYTES
            ):
                record = self._window.popleft()
                self._window_bytes -= len(record.payload)
                self._being_told -= record.said
                self._settled += 1
                if self._spool is not None and record.segment is not None:
                    self._spool.done(record.segment)
            self._remember_untold()

    def full(self) -> bool:
        """Whether more is under way than will be kept."""
        return self._window_bytes > WINDOW_BYTES

    def broke(self) -> None:
        """Take back what was under way, in front: it is sent again."""
        with self._changed:
            self._failing = True
            self._take_back()

    def works(self) -> None:
        """Messages may pass through memory again."""
        with self._changed:
            self._failing = False

    def wake(self) -> None:
        """End a wait in `take`."""
        with self._changed:
            self._changed.notify_all()

    def close(self) -> None:
        """Put on disk what was not delivered; without a spool it is lost, and counted."""
        with self._changed:
            if self._closed:
                return
            self._take_back()
            self._lose(len(self._memory))
            self._memory.clear()
            self._memory_bytes = 0
            self._closed = True
            if self._spool is not None:
                self._remember_untold()
                self._spool.close()

    @property
    def unsent(self) -> int:
        """Messages that wait to be sent."""
        with self._changed:
            return len(self._memory) + (self._spool.waiting if self._spool else 0)

    def state(self) -> tuple[int, int, int, float, str]:
        """Give sent, queued, dropped, the age of the oldest in s, and what ails the disk."""
        with self._changed:
            waiting = len(self._memory) + (self._spool.waiting if self._spool else 0)
            since = self._memory[0].since_ns if self._memory else 0
            if not since and waiting and self._spool is not None:
                since = self._spool.oldest_ns
            age_s = max(time.time_ns() - since, 0) / _NS if since else 0.0
            sent = self._settled + len(self._window)
            return sent, waiting, self._dropped, age_s, self._disk_failure

    def _to_disk(self, spool: Spool, record: Record) -> bool:
        """Give a message to the spool where that is its place; False where it is not."""
        room = self._memory_bytes + len(record.payload) <= MEMORY_BYTES
        if not self._failing and not spool.waiting and room:
            return False
        try:
            self._lose(spool.append(record))
        except OSError as error:
            self._ails(error)
            return False
        self._disk_failure = ""
        return True

    def _load(self) -> bool:
        """Read the spool's next file into memory; False where there is none."""
        if self._spool is None or not self._spool.waiting:
            return False
        try:
            records = self._spool.load()
        except OSError as error:
            self._ails(error)
            return False
        self._memory.extend(records)
        self._memory_bytes += sum(len(record.payload) for record in records)
        return bool(records)

    def _take_back(self) -> None:
        if self._closed:
            return
        back = [*self._window, *([self._in_hand] if self._in_hand is not None else [])]
        self._in_hand = None
        self._untold += self._being_told
        self._being_told = 0
        for record in back:
            record.said = 0
        self._memory.extendleft(reversed(back))
        self._memory_bytes += sum(len(record.payload) for record in back)
        self._window.clear()
        self._window_bytes = 0
        if self._spool is not None and self._memory:
            try:
                self._lose(self._spool.put_back(list(self._memory)))
            except OSError as error:
                self._ails(error)
                return
            self._memory.clear()
            self._memory_bytes = 0

    def _lose(self, count: int) -> None:
        if not count:
            return
        if not self._dropped:
            log.error(
                "sink_drops",
                sink=self._label,
                remedy="its queue is full, the oldest messages go: mend the sink, or give the"
                " spool more room",
            )
        self._dropped += count
        self._untold += count
        self._remember_untold()

    def _remember_untold(self) -> None:
        """Keep on disk what nobody was told of: what was told may yet have to be told again."""
        if self._spool is None:
            return
        try:
            self._spool.untold(self._untold + self._being_told)
        except OSError as error:
            self._ails(error)

    def _ails(self, error: OSError) -> None:
        if not self._disk_failure:
            log.error("spool_failed", sink=self._label, reason=error.strerror or str(error))
        self._disk_failure = f"spool: {error.strerror or error}"
