"""journald's native socket: one entry, one datagram, or a sealed memory file where it is large."""

from __future__ import annotations

import errno
import fcntl
import os
import socket

from detector.errors import SinkError
from detector.sinks.datagram import reason
from detector.sinks.transport import WINDOW_S

_TIMEOUT_S = 5.0
_SEALS = fcntl.F_SEAL_SEAL | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE
"""journald takes no memory file that could still change."""


class Journald:
    """A connection to journald; systemd keeps its socket, and what is in it, over a restart."""

    window_s = WINDOW_S

    def __init__(self, path: str) -> None:
        """`path`: the socket's."""
        self._path = path
        self._socket: socket.socket | None = None

    def open(self) -> None:
        """Connect."""
        self.close(0)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
        self._socket.settimeout(_TIMEOUT_S)
        try:
            self._socket.connect(self._path)
        except OSError as error:
            self.close(0)
            raise SinkError(reason(error)) from None

    def send(self, payload: bytes) -> None:
        """Send one entry."""
        if self._socket is None:
            raise SinkError("is not open")
        try:
            try:
                self._socket.send(payload)
            except OSError as error:
                if error.errno != errno.EMSGSIZE:
                    raise
                self._send_file(self._socket, payload)
        except OSError as error:
            raise SinkError(reason(error)) from None

    @staticmethod
    def _send_file(sock: socket.socket, payload: bytes) -> None:
        memory = os.memfd_create("toctrace", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        with os.fdopen(memory, "wb") as file:
            file.write(payload)
            file.flush()
            fcntl.fcntl(file, fcntl.F_ADD_SEALS, _SEALS)
            socket.send_fds(sock, [b""], [file.fileno()])

    def check(self) -> None:
        """A journald that is gone shows at the next send."""

    def taken(self) -> bool:
        """What was sent is in the socket's queue, which systemd keeps."""
        return True

    def close(self, wait_s: float) -> bool:
        """Close."""
        del wait_s
        if self._socket is not None:
            self._socket.close()
            self._socket = None
        return True
