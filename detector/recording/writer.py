"""A thread that writes records, so that whoever hands them over never waits for a disk."""

from __future__ import annotations

import contextvars
import queue
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable
from enum import Enum

import structlog

from detector.model.process_change import ProcessChange
from detector.model.snapshot import Loss, Snapshot
from detector.recording.block import MOST_BYTES
from detector.recording.files import RecordingFiles
from detector.recording.payload import encode
from detector.recording.records import Answer, Closing, Dropped, Header, Record

BLOCK_BYTES = 256 << 10
"""A block is written when its records take as many bytes before compression."""
FLUSH_S = 0.5
"""A block is written when its first record is as old: what SIGKILL can take with it."""
QUEUE = 32768
"""Records that may wait, about 32 MiB; what finds no room is counted, in its place."""
SETTLE_S = 30.0
"""How long the end waits for the disk."""

QUEUE_FULL = "recording: its queue was full"
REFUSED = "recording: the disk took no more"
TOO_LARGE = "recording: a record was too large"
UNRECORDED = frozenset({QUEUE_FULL, TOO_LARGE})
"""Losses of the recording alone, that stand in the place of a record of any kind."""
_ARRAY_HEAD = 5
_RECORD = (Header, Snapshot, Loss, ProcessChange, Answer, Dropped, Closing)

log: structlog.stdlib.BoundLogger = structlog.get_logger()


class _Word(Enum):
    NOTHING = "nothing came in time"
    END = "nothing more will come"


_Item = Record | threading.Event | _Word


class Writer:
    """Hand records over by `put`; then `settle`, `put` the last one, and `close`."""

    def __init__(self, open_files: Callable[[], RecordingFiles], capacity: int = QUEUE) -> None:
        """Start the thread; `open_files` is called in it. `capacity`: records that may wait."""
        self._open_files = open_files
        self._queue: queue.Queue[_Item] = queue.Queue(capacity)
        self._unplaced = 0
        self._lost: Counter[str] = Counter()
        self.failure: str | None = None
        """Why nothing more is written; None while all is well."""
        self._thread = threading.Thread(
            target=contextvars.copy_context().run, args=(self._work,), name="recording", daemon=True
        )
        # signals are for the thread that waits for them: none may end up here
        before = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        try:
            self._thread.start()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    def put(self, record: Record) -> None:
        """Hand one record over; never waits."""
        try:
            if self._unplaced:
                self._queue.put_nowait(Loss(QUEUE_FULL, self._unplaced))
                self._unplaced = 0
            self._queue.put_nowait(record)
        except queue.Full:
            self._unplaced += 1
            self._lost[QUEUE_FULL] += 1

    def settle(self) -> dict[str, int]:
        """Wait until what was handed over is written; give what was lost, by cause."""
        written = threading.Event()
        try:
            if self._unplaced:
                self._queue.put(Loss(QUEUE_FULL, self._unplaced), timeout=SETTLE_S)
                self._unplaced = 0
            self._queue.put(written, timeout=SETTLE_S)
            written.wait(SETTLE_S)
        except queue.Full:
            log.error("recording_stalled", reason=f"the disk took nothing for {SETTLE_S:.0f} s")
        return dict(self._lost)

    def close(self) -> None:
        """End the file and the thread."""
        try:
            self._queue.put(_Word.END, timeout=SETTLE_S)
        except queue.Full:
            return
        self._thread.join(SETTLE_S)

    def _work(self) -> None:
        """Write until the end; after a failure, count what would have been written."""
        files = None
        try:
            files = self._open_files()
            self._write(files)
            files.finish()
        except OSError as error:
            self.failure = error.strerror or str(error)
            log.error(
                "recording_failed",
                reason=self.failure,
                remedy="what is in the case is whole up to here; free some room and record again",
            )
            if files is not None:
                files.abandon()
            self._drain()

    def _write(self, files: RecordingFiles) -> None:
        """Make blocks of what comes, until the end comes."""
        block: list[bytes] = []
        size, due = 0, time.monotonic() + FLUSH_S
        while True:
            item = self._next(due - time.monotonic())
            if isinstance(item, _RECORD):
                block.append(self._encoded(item))
                size += len(block[-1])
                if size < BLOCK_BYTES and time.monotonic() < due:
                    continue
            try:
                self._flush(files, block)
            finally:
                if isinstance(item, threading.Event):
                    item.set()  # whoever waits need not wait for a disk that refuses
            block, size, due = [], 0, time.monotonic() + FLUSH_S
            if item is _Word.END:
                return

    def _next(self, seconds: float) -> _Item:
        try:
            return self._queue.get(timeout=max(0.0, seconds))
        except queue.Empty:
            return _Word.NOTHING

    def _encoded(self, record: Record) -> bytes:
        data = encode(record)
        if len(data) <= MOST_BYTES - BLOCK_BYTES - _ARRAY_HEAD:
            return data
        self._lost[TOO_LARGE] += 1
        return encode(Loss(TOO_LARGE, 1))

    def _flush(self, files: RecordingFiles, block: list[bytes]) -> None:
        try:
            if block:
                files.write(block)
            else:
                files.check()
                files.rotate_if_due()
        except OSError:
            self._lost[REFUSED] += max(len(block), 1)
            raise

    def _drain(self) -> None:
        """Take what comes, write nothing, count it."""
        while (item := self._queue.get()) is not _Word.END:
            if isinstance(item, threading.Event):
                item.set()
            else:
                self._lost[REFUSED] += 1
