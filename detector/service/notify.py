"""What a service tells systemd, over the datagram socket of sd_notify(3)."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping, MutableMapping
from types import TracebackType
from typing import Self

READY = "READY=1"
STOPPING = "STOPPING=1"
ALIVE = "WATCHDOG=1"

_VARIABLES = ("NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID")


def status(text: str) -> str:
    """Give the assignment that `systemctl status` shows as one line of free text."""
    return "STATUS=" + " ".join(text.split())


def address(value: str) -> str | None:
    """Give the socket's address, as connect(2) wants it; None: none that we can speak to.

    A leading @ stands for the zero byte of an abstract name. AF_VSOCK (`vsock:`) is not spoken.
    """
    if value.startswith("@") and len(value) > 1:
        return "\0" + value[1:]
    return value if value.startswith("/") else None


def watchdog_s(environ: Mapping[str, str], pid: int) -> float | None:
    """Give the longest silence, in seconds, that systemd accepts of `pid`; None: any.

    sd_watchdog_enabled(3).
    """
    usec = environ.get("WATCHDOG_USEC", "")
    if environ.get("WATCHDOG_PID", str(pid)) != str(pid):
        return None
    if not (usec.isascii() and usec.isdigit()) or int(usec) == 0:
        return None
    return int(usec) / 1e6


class Notifier:
    """A way to systemd; without one, what is told goes nowhere."""

    def __init__(self, to: str | None, watchdog: float | None = None) -> None:
        """`to`: the socket's address as of `address`; `watchdog`: seconds, as of `watchdog_s`."""
        self._to = to
        self.watchdog = watchdog
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
        self._socket.settimeout(0)

    @classmethod
    def from_environment(cls, environ: MutableMapping[str, str] = os.environ) -> Self:
        """Read what systemd gave, and take it out of `environ`: it is not for children."""
        to = address(environ.get("NOTIFY_SOCKET", ""))
        watchdog = watchdog_s(environ, os.getpid()) if to else None
        for name in _VARIABLES:
            environ.pop(name, None)
        return cls(to, watchdog)

    @property
    def listened_to(self) -> bool:
        """Whether a service manager waits for what is told."""
        return self._to is not None

    def tell(self, *assignments: str) -> bool:
        """Send one message; False where it did not go out. Never waits, never raises OSError.

        A message that found no room is not sent again: the next one says the same or better.
        """
        if self._to is None:
            return False
        try:
            self._socket.sendto("\n".join(assignments).encode(), self._to)
        except OSError:
            return False
        return True

    def __enter__(self) -> Self:
        """Guard the socket."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close it."""
        self._socket.close()
