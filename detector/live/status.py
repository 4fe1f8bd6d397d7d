"""The status of `watch` on stderr: a live line at a terminal, now and then a plain one elsewhere.

The live line gives way to all that is printed above it: results on stdout, which is the same
terminal, and the log, which any thread may write.
"""

from __future__ import annotations

import os
import select
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import TextIO

from detector.live.terminal import may_be_closed
from detector.render.status_line import BEGUN, Standing, status_line

LIVE_S = 1.0
"""How often the live line is made anew."""
PLAIN_S = 60.0
"""How often a plain line is written."""
COLUMNS = 80
"""Where the terminal does not say."""
_ERASE = "\r\x1b[K"
"""To the line's beginning, and erase it (ECMA-48, EL)."""

Asked = Callable[[float], Standing]
"""Gives where a run stands; it is told the seconds since watching began."""


class _Rhythm:
    """When the next line is due, and since when its rates count."""

    def __init__(self, every_s: float, clock: Callable[[], float]) -> None:
        self._every_s = every_s
        self._clock = clock
        self._asked: Asked | None = None
        self._began_s = self._due_s = 0.0
        self._before = BEGUN

    def begin(self, asked: Asked) -> None:
        self._asked = asked
        self._began_s = self._clock()
        self._due_s = self._began_s + self._every_s

    def end(self) -> None:
        self._asked = None

    def due(self) -> tuple[Standing, Standing] | None:
        """Give where the run stands and stood, where a line is due."""
        now_s = self._clock()
        if self._asked is None or now_s < self._due_s:
            return None
        self._due_s = now_s + self._every_s
        before, self._before = self._before, self._asked(now_s - self._began_s)
        return self._before, before


class LiveLine:
    """The last line of a terminal. It is a stream, too: the log writes above it."""

    def __init__(
        self, stream: TextIO, *, colour: bool, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Show nothing yet."""
        self._stream = stream
        self._colour = colour
        self._rhythm = _Rhythm(LIVE_S, clock)
        self._lock = threading.RLock()
        self._line = ""
        self._unfinished = False

    def begin(self, asked: Asked) -> None:
        """Show from now on what `asked` gives."""
        self._rhythm.begin(asked)

    def beat(self) -> None:
        """Make the line anew where that is due; to be called on every turn of the loop.

        A terminal that takes nothing (Ctrl-S) is not waited for.
        """
        if not self._takes() or (due := self._rhythm.due()) is None:
            return
        with self._lock:
            # the last column stays free: some terminals wrap there at once
            self._line = status_line(*due, self._width() - 1, colour=self._colour)
            if not self._unfinished:
                self._put(self._line)

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Take the line away while something else is printed."""
        with self._lock:
            if self._line and not self._unfinished:
                self._put("")
            yield
            if self._line and not self._unfinished:
                self._put(self._line)

    def write(self, text: str) -> int:
        """Write above the line; it comes back when the text's own line has ended."""
        with self.aside():
            with may_be_closed(self._stream, terminal=True):
                self._stream.write(text)
                self._stream.flush()
            self._unfinished = not text.endswith("\n")
        return len(text)

    def flush(self) -> None:
        """Do nothing: all is written at once."""

    def close(self) -> None:
        """Take the line away for good."""
        with self._lock:
            self._rhythm.end()
            if self._line and not self._unfinished:
                self._put("")
            self._line = ""

    def _put(self, line: str) -> None:
        with may_be_closed(self._stream, terminal=True):
            self._stream.write(_ERASE + line)
            self._stream.flush()

    def _takes(self) -> bool:
        return bool(select.select([], [self._stream], [], 0)[1])

    def _width(self) -> int:
        with suppress(OSError):
            return os.get_terminal_size(self._stream.fileno()).columns or COLUMNS
        return COLUMNS


class PlainLines:
    """Where there is no terminal: one line a minute."""

    def __init__(self, stream: TextIO, clock: Callable[[], float] = time.monotonic) -> None:
        """Write nothing yet."""
        self._stream = stream
        self._terminal = stream.isatty()
        self._rhythm = _Rhythm(PLAIN_S, clock)

    def begin(self, asked: Asked) -> None:
        """Write from now on what `asked` gives."""
        self._rhythm.begin(asked)

    def beat(self) -> None:
        """Write a line where one is due."""
        due = self._rhythm.due()
        if due is not None:
            self.write(f"toctrace: {status_line(*due, 2 * COLUMNS)}\n")
            self.flush()

    @contextmanager
    def aside(self) -> Iterator[None]:
        """Let something else be printed: nothing is in its way."""
        yield

    def write(self, text: str) -> int:
        """Write as it is."""
        with may_be_closed(self._stream, terminal=self._terminal):
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        """Write out what waits."""
        self._stream.flush()

    def close(self) -> None:
        """Write no more lines."""
        self._rhythm.end()


Status = LiveLine | PlainLines
"""How `watch` tells how it goes."""


def opened_status(
    stream: TextIO, environment: Mapping[str, str], *, shared: bool, colour: bool
) -> Status:
    """Choose by where `stream` goes. `shared`: others write to that terminal, unannounced."""
    live = stream.isatty() and environment.get("TERM") != "dumb" and not shared
    return LiveLine(stream, colour=colour) if live else PlainLines(stream)
