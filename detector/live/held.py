"""A command held until watching is armed, then let go as if it ran alone."""

from __future__ import annotations

import os
import signal
import sys
from contextlib import suppress
from types import TracebackType
from typing import NoReturn, Self

_GO = b"g"
_NOT_FOUND = 127
_NOT_EXECUTABLE = 126


class HeldCommand:
    """A forked child that waits for one byte before it becomes the command.

    It is forked before anything is loaded, so it inherits nothing of the tool. If the tool dies
    first, the pipe ends and the child goes away; after `let_go` nothing ties the two together.
    """

    def __init__(self, argv: tuple[str, ...]) -> None:
        """Fork; the child holds still."""
        wait, self._go = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            os.close(self._go)
            _hold(wait, argv)
        os.close(wait)
        self.pidfd = os.pidfd_open(self.pid)
        self._held = True
        self.status: int | None = None
        """128+n by signal n, else the exit status; None while it runs."""

    def __enter__(self) -> Self:
        """Guard the held child."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Kill a command that is still held; one that was let go runs on."""
        os.close(self._go)
        if self._held:
            self.send(signal.SIGKILL)
            os.waitpid(self.pid, 0)
        os.close(self.pidfd)

    def let_go(self) -> None:
        """Let it become the command; one that was killed while it was held has ended."""
        self._held = False
        with suppress(BrokenPipeError):
            os.write(self._go, _GO)

    def send(self, number: int) -> None:
        """Pass a signal on; a command that has ended takes none."""
        if self.status is None:
            try:
                signal.pidfd_send_signal(self.pidfd, number)
            except ProcessLookupError:
                return

    def ended(self) -> bool:
        """Whether it has ended; never waits."""
        if self.status is None:
            pid, raw = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                code = os.waitstatus_to_exitcode(raw)
                self.status = 128 - code if code < 0 else code
        return self.status is not None


def _hold(wait: int, argv: tuple[str, ...]) -> NoReturn:
    """In the child: undo what Python did to signals, wait for the byte, become the command."""
    for number in (signal.SIGINT, signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(number, signal.SIG_DFL)
    try:
        if os.read(wait, 1) != _GO:
            os._exit(_NOT_EXECUTABLE)
        os.execvp(argv[0], argv)  # noqa: S606  (no shell is wanted)
    except FileNotFoundError:
        sys.stderr.write(f"toctrace: {argv[0]!r}: command not found\n")
        code = _NOT_FOUND
    except OSError as error:
        sys.stderr.write(f"toctrace: {argv[0]!r}: {error.strerror}\n")
        code = _NOT_EXECUTABLE
    sys.stderr.flush()
    os._exit(code)
