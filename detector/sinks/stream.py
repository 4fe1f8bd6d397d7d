"""Syslog over a stream: octet counting (RFC 6587 section 3.4.1), plain or in TLS (RFC 5425)."""

from __future__ import annotations

import fcntl
import socket
import ssl
import struct
import termios
import time
from contextlib import suppress

from detector.errors import SinkError
from detector.sinks.datagram import reason
from detector.sinks.tls import verification_reason
from detector.sinks.transport import WINDOW_S

CONNECT_S = 5.0
STALL_S = 10.0
"""How long a collector may take nothing before the connection is given up."""
_KEEPALIVE = {socket.TCP_KEEPIDLE: 10, socket.TCP_KEEPINTVL: 5, socket.TCP_KEEPCNT: 3}
"""Seconds, seconds and probes after which a silent host is gone."""
_CHUNK = 4096


class Stream:
    """One TCP connection, in TLS where there is a context."""

    window_s = WINDOW_S

    def __init__(
        self, host: str, port: int, context: ssl.SSLContext | None = None, name: str | None = None
    ) -> None:
        """`name`: what the server's certificate must be for; None: the host."""
        self._address = (host, port)
        self._context = context
        self._name = name or host
        self._socket: socket.socket | None = None

    def open(self) -> None:
        """Connect, and in TLS verify the server."""
        self._drop()
        try:
            self._socket = self._tuned(socket.create_connection(self._address, CONNECT_S))
            if self._context is not None:
                self._socket = self._context.wrap_socket(self._socket, server_hostname=self._name)
        except ssl.SSLError as error:
            self._drop()
            raise SinkError(verification_reason(error, self._name)) from None
        except OSError as error:
            self._drop()
            raise SinkError(reason(error)) from None
        self._socket.settimeout(STALL_S)

    def send(self, payload: bytes) -> None:
        """Send one frame: `LENGTH SP MESSAGE`."""
        self.check()
        sock = self._opened()
        try:
            sock.sendall(b"%d %s" % (len(payload), payload))
        except TimeoutError:
            self._drop()
            raise SinkError(f"took nothing for {STALL_S:.0f} s") from None
        except OSError as error:
            self._drop()
            raise SinkError(reason(error)) from None

    def check(self) -> None:
        """Notice an end of the connection: a collector says nothing else."""
        sock = self._opened()
        try:
            sock.settimeout(0)
            while data := sock.recv(_CHUNK):
                del data
        except (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError):
            sock.settimeout(STALL_S)
            return
        except ssl.SSLError as error:
            self._drop()
            raise SinkError(verification_reason(error, self._name)) from None
        except OSError as error:
            self._drop()
            raise SinkError(reason(error)) from None
        self._drop()
        raise SinkError("the collector closed the connection")

    def taken(self) -> bool:
        """Whether the other kernel has acknowledged every byte (SIOCOUTQ, tcp(7))."""
        waiting = fcntl.ioctl(self._opened(), termios.TIOCOUTQ, b"\0" * 4)
        return bool(struct.unpack("i", waiting)[0] == 0)

    def close(self, wait_s: float) -> bool:
        """Say the end, and wait for the other's: it comes after all was read.

        Closing without waiting could destroy what is on its way: unread data, such as TLS session
        tickets, make the kernel send a reset.
        """
        if self._socket is None:
            return False
        until = time.monotonic() + wait_s
        with suppress(OSError, ValueError):
            self._socket.settimeout(max(wait_s, 0.01))
            if isinstance(self._socket, ssl.SSLSocket):
                self._socket = self._socket.unwrap()
            self._socket.shutdown(socket.SHUT_WR)
            while time.monotonic() < until:
                self._socket.settimeout(max(until - time.monotonic(), 0.01))
                if not self._socket.recv(_CHUNK):
                    self._drop()
                    return True
        self._drop()
        return False

    def _tuned(self, sock: socket.socket) -> socket.socket:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(STALL_S * 1000))
        for option, value in _KEEPALIVE.items():
            sock.setsockopt(socket.IPPROTO_TCP, option, value)
        return sock

    def _opened(self) -> socket.socket:
        if self._socket is None:
            raise SinkError("is not connected")
        return self._socket

    def _drop(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None
