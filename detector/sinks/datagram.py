"""Syslog over UDP (RFC 5426) and over a local datagram socket: one message, one datagram."""

from __future__ import annotations

import errno
import os
import select
import socket
import time
from contextlib import suppress
from pathlib import Path

from detector.errors import SinkError
from detector.sinks.transport import WINDOW_S

PACE_S = 0.002
"""Pause between UDP messages: nothing else keeps a burst from overrunning the receiver."""
_PROBE_MS = 100
"""How long the answer to a first UDP message is waited for: where nobody listens, ICMP says so."""
_TIMEOUT_S = 5.0


class Udp:
    """UDP: whoever does not listen may say so; whether a message arrived is never told."""

    window_s = WINDOW_S

    def __init__(self, host: str, port: int) -> None:
        """`host`: a name or an address."""
        self._host, self._port = host, port
        self._socket: socket.socket | None = None
        self._answered = False

    def open(self) -> None:
        """Find the address. Nothing is sent."""
        self.close(0)
        try:
            found = socket.getaddrinfo(self._host, self._port, type=socket.SOCK_DGRAM)
            family, kind, protocol, _, address = found[0]
            self._socket = socket.socket(family, kind, protocol)
            self._socket.settimeout(_TIMEOUT_S)
            self._socket.connect(address)
        except OSError as error:
            self.close(0)
            raise SinkError(reason(error)) from None
        self._answered = False

    def send(self, payload: bytes) -> None:
        """Send one datagram."""
        sock = _opened(self._socket)
        try:
            sock.send(payload)
            if not self._answered:
                self._listen(sock, _PROBE_MS)
                self._answered = True
        except OSError as error:
            raise SinkError(reason(error)) from None
        time.sleep(PACE_S)

    def check(self) -> None:
        """Ask for an error that came meanwhile."""
        try:
            self._listen(_opened(self._socket), 0)
        except OSError as error:
            raise SinkError(reason(error)) from None

    def taken(self) -> bool:
        """Nothing can be told."""
        return True

    def close(self, wait_s: float) -> bool:
        """Close; a refusal that came in the last moment is noticed."""
        if self._socket is None:
            return True
        sock, self._socket = self._socket, None
        with sock, suppress(OSError):
            self._listen(sock, min(int(wait_s * 1000), _PROBE_MS))
            return True
        return False

    @staticmethod
    def _listen(sock: socket.socket, wait_ms: int) -> None:
        poller = select.poll()
        poller.register(sock, select.POLLERR)
        if poller.poll(wait_ms):
            number = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
            if number:
                raise OSError(number, os.strerror(number))


class Local:
    """A datagram socket of this host, as /dev/log: the kernel waits where its reader is slow."""

    window_s = WINDOW_S

    def __init__(self, path: str) -> None:
        """`path`: the socket's."""
        self._path = path
        self._socket: socket.socket | None = None
        self._inode = 0

    def open(self) -> None:
        """Connect."""
        self.close(0)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
        self._socket.settimeout(_TIMEOUT_S)
        try:
            self._inode = Path(self._path).stat().st_ino
            self._socket.connect(self._path)
        except OSError as error:
            self.close(0)
            raise SinkError(self._reason(error)) from None

    def send(self, payload: bytes) -> None:
        """Send one datagram; waits up to 5 s for room."""
        try:
            _opened(self._socket).send(payload)
        except TimeoutError:
            raise SinkError("its reader does not read") from None
        except OSError as error:
            raise SinkError(self._reason(error)) from None

    def check(self) -> None:
        """Notice a reader that went away: its socket is not the one at the path any more."""
        try:
            inode = Path(self._path).stat().st_ino
        except OSError as error:
            raise SinkError(reason(error)) from None
        if inode != self._inode:
            raise SinkError("its reader was started anew")

    def taken(self) -> bool:
        """What was sent is in the reader's queue."""
        return True

    def close(self, wait_s: float) -> bool:
        """Close."""
        del wait_s
        if self._socket is not None:
            self._socket.close()
            self._socket = None
        return True

    @staticmethod
    def _reason(error: OSError) -> str:
        if error.errno == errno.EPROTOTYPE:
            return "the socket there is no datagram socket: use the one that syslog(3) uses"
        return reason(error)


def reason(error: OSError) -> str:
    """Say what a socket's error was."""
    if isinstance(error, socket.gaierror):
        return f"the name cannot be found ({error.strerror})"
    if isinstance(error, TimeoutError):
        return "no answer in time"
    return error.strerror or str(error)


def _opened(sock: socket.socket | None) -> socket.socket:
    if sock is None:
        raise SinkError("is not open")
    return sock
