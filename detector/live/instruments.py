"""What looks at the host during a run: the capture; who its callers are; who writes their masks."""

from __future__ import annotations

import platform
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from detector.capture.capture import Capture
from detector.capture.enforcing import Enforcing
from detector.enrich.enricher import Enricher
from detector.live.capabilities import Capability
from detector.live.opening import opened_capture
from detector.live.privileges import for_writers, needed, shed
from detector.syscalls.entry import Syscall
from detector.writers.watcher import WriterWatcher


@dataclass(frozen=True, slots=True)
class Instruments:
    """All of them open; none of them started."""

    capture: Capture
    enricher: Enricher
    watcher: WriterWatcher | None
    """None: nobody asked who writes."""

    def shed(self, purposes: dict[Capability, str]) -> None:
        """Give up all capabilities but those of `purposes` and of their own."""
        kept = purposes | (for_writers() if self.watcher else {})
        shed(needed(kept, platform.release()))

    def start(self) -> None:
        """Start their threads, which inherit what capabilities the calling one has now."""
        if self.watcher:
            self.watcher.start()

    def notes(self) -> tuple[str, ...]:
        """End the watching for writers; say for the observation what could not be seen."""
        if not self.watcher:
            return self.enricher.notes()
        self.watcher.finish()
        return (*self.enricher.notes(), *self.watcher.notes())


@contextmanager
def opened_instruments(
    backend: str | None,
    syscalls: tuple[Syscall, ...],
    enforcing: Enforcing | None = None,
    *,
    name_writer: bool,
    supervise: bool = False,
) -> Iterator[Instruments]:
    """Open them, and close them at the end. `enforcing`: stop raced calls.

    `supervise`: look where supervisors are asked, too. Raises ObservationError where nothing can be
    seen, or calls are to be stopped and cannot be.
    """
    with ExitStack() as stack:
        yield Instruments(
            capture=stack.enter_context(
                opened_capture(backend, syscalls, enforcing, supervise=supervise)
            ),
            enricher=stack.enter_context(Enricher.open()),
            watcher=stack.enter_context(WriterWatcher.open()) if name_writer else None,
        )
