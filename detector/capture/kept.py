"""Whether the probes that were attached are still there: the kernel is asked, none has to speak.

A call of the tool's own would show it, too, and be late, or lost, under the very load that is to be
watched: that was tried, and called stages silent that were not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import structlog

from detector.capture.attachment import Attachment
from detector.capture.switches import ENABLED, UNLISTED, SwitchFiles, why_off

CLOSED = "its descriptor was closed"

log: structlog.stdlib.BoundLogger = structlog.get_logger()


class Kept:
    """Looks after probes.

    What the kernel has against one at the beginning is not held against it later: it is proved to
    speak, or said to be silent, all the same.
    """

    def __init__(
        self, attached: Callable[[], Iterable[Attachment]], files: SwitchFiles | None = None
    ) -> None:
        """`attached` gives what is to be there at the time."""
        self._attached = attached
        self._files = files or SwitchFiles()
        self._told: set[str] = set()
        self._from_the_beginning = set(self._gone().items())
        by_kprobes = any("kprobe:" in one.via for one in attached())
        if by_kprobes and self._files.read().kprobes is None:
            log.info("kprobes_untold", reason=f"{ENABLED} cannot be read: is debugfs mounted?")

    def lost(self) -> dict[str, str]:
        """Give the probes that went since the last time, and why; each is told once."""
        lost = self._lost()
        if UNLISTED in lost.values():
            # the list is not read in one go, and somebody may have attached beside it meanwhile
            again = self._lost()
            lost = {via: why for via, why in lost.items() if why != UNLISTED or via in again}
        self._told.update(lost)
        return lost

    def _lost(self) -> dict[str, str]:
        return {
            via: reason
            for via, reason in self._gone().items()
            if via not in self._told and (via, reason) not in self._from_the_beginning
        }

    def _gone(self) -> dict[str, str]:
        """Give everything that is not there now, and why."""
        switches = self._files.read()
        gone: dict[str, str] = {}
        for one in self._attached():
            reason = why_off(one.via, switches) if one.held else CLOSED
            if reason:
                gone[one.via] = reason
        return gone

    def close(self) -> None:
        """Ask no more."""
        self._files.close()
