"""Whether the probes that were attached are still there: the kernel is asked, none has to speak.

A call of the tool's own would show it, too, and be late, or lost, under the very load that is to be
watched: that was tried, and called stages silent that were not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import structlog

from detector.capture.attachment import Attachment
from detector.capture.switches import ENABLED, SwitchFiles, why_off

CLOSED = "its descriptor was closed"

log: structlog.stdlib.BoundLogger = structlog.get_logger()


class Kept:
    """Looks after probes. What was off when it began is not doubted: it was proved to speak."""

    def __init__(
        self, attached: Callable[[], Iterable[Attachment]], files: SwitchFiles | None = None
    ) -> None:
        """`attached` gives what is to be there at the time."""
        self._attached = attached
        self._files = files or SwitchFiles()
        self._told: set[str] = set()
        self.lost()
        by_kprobes = any("kprobe:" in one.via for one in attached())
        if by_kprobes and self._files.read().kprobes is None:
            log.info("kprobes_untold", reason=f"{ENABLED} cannot be read: is debugfs mounted?")

    def lost(self) -> dict[str, str]:
        """Give the probes that went since the last time, and why; each is told once."""
        switches = self._files.read()
        lost: dict[str, str] = {}
        for one in self._attached():
            if one.via in self._told:
                continue
            reason = why_off(one.via, switches) if one.held else CLOSED
            if reason:
                lost[one.via] = reason
        self._told.update(lost)
        return lost

    def close(self) -> None:
        """Ask no more."""
        self._files.close()
