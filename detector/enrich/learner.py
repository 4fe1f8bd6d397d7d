"""From process events to the table: the thin edge that reads /proc at once."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from detector.enrich.connector import EventKind
from detector.enrich.processes import NOT_SEEN, Image, Life
from detector.enrich.procfs import NS_PER_TICK, ProcessDirectory, parse_command_line, reason
from detector.errors import EnrichmentError
from detector.model.process_change import Change, ProcessChange

if TYPE_CHECKING:
    import io
    from collections.abc import Callable
    from pathlib import Path

    from detector.enrich.bounded import BoundedReader
    from detector.enrich.connector import ProcessEvent
    from detector.enrich.processes import ProcessTable
    from detector.enrich.procfs import Stat

COMMAND_LINE_BYTES = 2048
"""So much of a command line is kept: with the table's bounds at most 32 MiB in all."""
COMMAND_LINE_SECONDS = 0.05
SEED_SECONDS = 1.0
"""Start never waits longer for what already runs; what was not reached is read when asked for."""
_OFFSET_SAMPLES = 5


def boottime_offset_ns() -> int:
    """Give CLOCK_BOOTTIME minus CLOCK_MONOTONIC (time spent suspended), ns."""
    # an interruption between two reads only ever makes a sample too big
    return min(
        -time.clock_gettime_ns(time.CLOCK_MONOTONIC) + time.clock_gettime_ns(time.CLOCK_BOOTTIME)
        for _ in range(_OFFSET_SAMPLES)
    )


def _command_line_bytes(file: io.FileIO) -> bytes:
    """Read the beginning of a command line."""
    return file.read(COMMAND_LINE_BYTES) or b""


def read_command_line(
    directory: ProcessDirectory, reader: BoundedReader, seconds: float
) -> tuple[str, ...]:
    """Read the command line, cut at COMMAND_LINE_BYTES; raise EnrichmentError."""
    try:
        file = directory.open_memory_file("cmdline")
        return parse_command_line(reader.read(file, _command_line_bytes, seconds))
    except OSError as error:
        raise EnrichmentError(reason(error)) from error


def read_image(directory: ProcessDirectory, reader: BoundedReader, since_ns: int) -> Image:
    """Read what a process runs now; what could not be had is said in the image."""
    missing = ""
    executable: str | None = None
    command_line: tuple[str, ...] = ()
    try:
        executable = directory.executable()
        command_line = read_command_line(directory, reader, COMMAND_LINE_SECONDS)
    except EnrichmentError as error:
        missing = str(error)
    read_ns = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
    return Image(
        since_ns=since_ns,
        executable=executable,
        command_line=command_line,
        missing=missing,
        read_ns=read_ns,
        source_ns=read_ns,
    )


def life_from(tgid: int, stat: Stat) -> Life:
    """Make a life of what stat says; its start time is known to a clock tick."""
    start_ns = stat.start_ticks * NS_PER_TICK
    return Life(
        tgid=tgid,
        earliest_ns=start_ns,
        latest_ns=start_ns + NS_PER_TICK - 1,
        # within the tick it could be either; a process' first threads begin there
        held_from_ns=start_ns,
        parent_tgid=stat.parent_tgid,
        comm=stat.comm,
    )


class Learner:
    """Keeps a ProcessTable up with events."""

    def __init__(self, table: ProcessTable, root: Path, reader: BoundedReader) -> None:
        """Read processes below `root` (/proc)."""
        self._tell: Callable[[ProcessChange], None] | None = None
        self._table = table
        self._root = root
        self._reader = reader
        self._offset_ns = boottime_offset_ns()

    def seed(self, seconds: float = SEED_SECONDS) -> None:
        """Take in what runs already; events must be listened for before."""
        deadline = time.monotonic() + seconds
        for entry in self._root.iterdir():
            if not entry.name.isdecimal():
                continue
            if time.monotonic() > deadline:
                return
            try:
                with ProcessDirectory(self._root, int(entry.name)) as directory:
                    life = life_from(directory.tgid, directory.stat())
                    life.images.append(read_image(directory, self._reader, since_ns=0))
            except EnrichmentError:
                continue  # ended while the list was read
            self._table.seen(life)

    def tell_to(self, tell: Callable[[ProcessChange], None]) -> None:
        """Tell what runs, as far as it is known, and every change from now on."""
        for life in self._table.lives():
            tell(running(life))
        self._tell = tell

    def learn(self, events: tuple[ProcessEvent, ...]) -> None:
        """Bring the table up to these events, in their order."""
        if events:
            self._offset_ns = boottime_offset_ns()
        for event in events:
            at_ns = event.time_ns + self._offset_ns
            match event.kind:
                case EventKind.FORK:
                    self._table.forked(event.tgid, event.parent_tgid or 0, at_ns)
                    self._told(Change.FORK, event, at_ns)
                case EventKind.EXEC:
                    self._replaced(event.tgid, at_ns)
                case EventKind.COMM:
                    self._table.renamed(event.tgid, event.comm or "", at_ns)
                    self._told(Change.COMM, event, at_ns)
                case EventKind.EXIT:
                    self._table.exited(event.tgid, at_ns)
                    self._told(Change.EXIT, event, at_ns)
                case EventKind.LOST:
                    self.lost()

    def lost(self) -> None:
        """Tell the table that events were lost."""
        now_ns = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
        self._table.gap(now_ns)
        self.behind(now_ns)

    def behind(self, now_ns: int) -> None:
        """Tell that changes up to now were not told, or not yet."""
        if self._tell is not None:
            self._tell(ProcessChange(kind=Change.LOST, tgid=0, time_ns=now_ns))

    def _told(self, kind: Change, event: ProcessEvent, at_ns: int) -> None:
        if self._tell is not None:
            self._tell(
                ProcessChange(
                    kind=kind,
                    tgid=event.tgid,
                    time_ns=at_ns,
                    parent_tgid=event.parent_tgid,
                    comm=event.comm,
                )
            )

    def _replaced(self, tgid: int, at_ns: int) -> None:
        """Read what runs after an execve; a process already gone leaves the reason."""
        life: Life | None = None
        try:
            with ProcessDirectory(self._root, tgid) as directory:
                life = life_from(tgid, directory.stat())
                known = self._table.get(tgid)
                _refuse_another(known, life, at_ns)
                image = read_image(directory, self._reader, since_ns=at_ns)
        except EnrichmentError as error:
            image = Image(since_ns=at_ns, executable=None, command_line=(), missing=str(error))
            life = None
        self._table.replaced(tgid, at_ns, image, life)
        if self._tell is not None:
            self._tell(_with_image(Change.EXEC, tgid, at_ns, image, life))


def running(life: Life) -> ProcessChange:
    """Say what a process that runs already is, and runs."""
    image = life.images[-1] if life.images else Image(0, None, (), NOT_SEEN)
    return _with_image(Change.RUNNING, life.tgid, life.held_from_ns, image, life)


def _with_image(
    kind: Change, tgid: int, at_ns: int, image: Image, life: Life | None
) -> ProcessChange:
    return ProcessChange(
        kind=kind,
        tgid=tgid,
        time_ns=at_ns,
        parent_tgid=life.parent_tgid if life else None,
        comm=life.comm if life else None,
        executable=image.executable,
        command_line=image.command_line,
        missing=image.missing,
    )


def _refuse_another(known: Life | None, read: Life, at_ns: int) -> None:
    """Raise EnrichmentError where what /proc shows is not the process of the event."""
    before = read.earliest_ns <= at_ns
    overlap = known is None or (
        known.earliest_ns <= read.latest_ns and read.earliest_ns <= known.latest_ns
    )
    if not (before and overlap):
        message = "another process had its number before /proc could be read"
        raise EnrichmentError(message)
