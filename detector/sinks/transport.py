"""What every transport does: the contract between a sink's worker and its other end."""

from __future__ import annotations

from typing import Protocol

WINDOW_S = 10.0
"""How long what was sent is kept, to be sent again where the connection then breaks.

Syslog has no acknowledgement of its own. A collector that dies takes with it what lay in its
socket and in its queue; what it was given in its last seconds goes to the next one once more.
"""


class Transport(Protocol):
    """One way to one other end. Every method raises SinkError where that fails."""

    window_s: float
    """How long (seconds) what was sent may still have to be sent again; 0: a send is the end."""

    def open(self) -> None:
        """Connect; a connection that was there before is gone."""

    def send(self, payload: bytes) -> None:
        """Give one message to the other end, or to the kernel for it."""

    def check(self) -> None:
        """Notice a connection that broke while nothing was sent."""

    def taken(self) -> bool:
        """Whether the other end's kernel has everything that was sent, as far as can be told."""

    def close(self, wait_s: float) -> bool:
        """End; give whether everything that was sent is known to have been read."""
