"""Every sink of a run: messages go in without waiting, and come out at each sink's own pace."""

from __future__ import annotations

import hashlib
import os
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec
import structlog

from detector.model.alert import Alert
from detector.model.message import Message
from detector.model.observation import SinkState
from detector.render.meta import Meta
from detector.render.originator import Originator
from detector.sinks.backlog import Backlog
from detector.sinks.record import Record
from detector.sinks.spool import DEFAULT_BYTES, Spool
from detector.sinks.table import UNSPOOLED, form_of, transport_of
from detector.sinks.url import SinkUrl
from detector.sinks.worker import Worker

INTAKE = 16_384
"""Messages that may wait to be rendered; then the oldest go, and are counted for every sink."""
CLOSE_S = 3.0
"""How long the end waits for sinks that still take messages."""

log: structlog.stdlib.BoundLogger = structlog.get_logger()


class SpoolSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Where messages wait that could not be delivered."""

    folder: Path
    bytes: int = DEFAULT_BYTES
    """The most that each sink's files may hold."""


class Outlet:
    """The sinks of one run. `send` never waits: not for a disk, not for a network."""

    def __init__(
        self, urls: Sequence[SinkUrl], meta: Meta, sender: Originator, spool: SpoolSettings
    ) -> None:
        """Raises UsageError where a sink's files or the spool cannot be used."""
        self._meta = meta
        self._intake: deque[Message] = deque()
        self._came = threading.Condition()
        self._overflow = 0
        self._ending = False
        self._busy = False
        self._lanes: list[tuple[Worker, Callable[[Message], bytes]]] = []
        for url in urls:
            form, own = form_of(url), url.sender(sender)
            transport = transport_of(url)
            unspooled = url.scheme in UNSPOOLED
            kept = None if unspooled else Spool(_folder(spool, url), spool.bytes)
            backlog = Backlog(url.label, kept)
            worker = Worker(url.label, transport, backlog, form.with_dropped)
            self._lanes.append((worker, _writer(form.render, meta, own)))
        self._router = threading.Thread(target=self._route, name="alerts", daemon=True)

    def start(self) -> None:
        """Start the threads: one that renders, and one for each sink."""
        if self._lanes:
            self._router.start()
        for worker, _ in self._lanes:
            worker.start()

    def send(self, message: Message) -> None:
        """Take one message for every sink; never waits."""
        if not self._lanes:
            return
        with self._came:
            self._intake.append(message)
            if len(self._intake) > INTAKE:
                self._intake.popleft()
                self._overflow += 1
            self._came.notify()

    def states(self) -> tuple[SinkState, ...]:
        """Say how each sink is."""
        with self._came:
            unrendered = len(self._intake)
        return tuple(
            msgspec.structs.replace(state, queued=state.queued + unrendered)
            for state in (worker.state() for worker, _ in self._lanes)
        )

    def flush(self, within_s: float) -> bool:
        """Wait until everything is sent, but not for sinks that fail; give whether it is."""
        until = time.monotonic() + within_s
        while time.monotonic() < until:
            with self._came:
                idle = not self._intake and not self._busy
            waiting = [state for state in self.states() if state.queued and not state.failure]
            if idle and not waiting:
                break
            time.sleep(0.01)
        return not any(state.queued for state in self.states())

    def close(self, within_s: float = CLOSE_S) -> None:
        """End: what is not delivered within that time waits on disk for the next run."""
        until = time.monotonic() + within_s
        with self._came:
            self._ending = True
            self._came.notify()
        if self._router.is_alive():
            self._router.join(within_s)
        for worker, _ in self._lanes:
            worker.stop()
        for worker, _ in self._lanes:
            if worker.is_alive():
                worker.join(max(until - time.monotonic(), 0.0))
            worker.backlog.close()

    def _route(self) -> None:
        """Render each message for each sink, until the end."""
        signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
        while True:
            with self._came:
                self._busy = False
                while not self._intake and not self._ending:
                    self._came.wait()
                if not self._intake:
                    return
                message = self._intake.popleft()
                overflow, self._overflow = self._overflow, 0
                self._busy = True
            now_ns = time.time_ns()
            for worker, write in self._lanes:
                worker.backlog.lose(overflow)
                worker.backlog.put(
                    Record(
                        payload=write(message), alert=isinstance(message, Alert), since_ns=now_ns
                    )
                )


def default_folder() -> Path:
    """Give where the spool is if nobody says: the service's state folder, or the user's own."""
    service = os.environ.get("STATE_DIRECTORY")  # systemd.exec(5)
    if service:
        return Path(service.split(":")[0]) / "spool"
    if os.geteuid() == 0:
        return Path("/var/lib/toctrace/spool")
    home = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(home) / "toctrace" / "spool"


def _folder(spool: SpoolSettings, url: SinkUrl) -> Path:
    """Name a sink's folder.

    Messages wait there rendered, so another form is another folder; another certificate is not.
    """
    said = f"{url.label} {url.rfc} {url.format}".encode(errors="surrogateescape")
    plain = "".join(char if char.isascii() and char.isalnum() else "-" for char in url.label)
    return spool.folder / f"{plain[:64]}-{hashlib.sha256(said).hexdigest()[:12]}"


def _writer(
    render: Callable[[Message, Meta, Originator], bytes], meta: Meta, sender: Originator
) -> Callable[[Message], bytes]:
    return lambda message: render(message, meta, sender)
