"""A write that the kernel saw, to who wrote it from where in which program, within a bound."""

from __future__ import annotations

import io
import os
import time
from functools import partial
from pathlib import Path

import msgspec

from detector.enrich.addresses import lines_until
from detector.enrich.bounded import BoundedReader
from detector.enrich.procfs import NS_PER_TICK, ProcessDirectory
from detector.errors import EnrichmentError
from detector.model.frame import Frame
from detector.model.writer import Writer
from detector.symbols.bounded_file import Limit
from detector.symbols.maps import Mappings
from detector.symbols.symboliser import Symboliser
from detector.writers.source import source_line
from detector.writers.wire import Seen
from detector.writers.words import MaskWord

NAMING_S = 4.0
"""How long naming one writer may take, in seconds; what is not known by then stays without."""
REUSED = "the writer had ended, and another process has its number"


class Code(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a writer's program."""

    executable: str | None = None
    frames: tuple[Frame, ...]
    source: str = ""
    missing: str = ""


def writer_of(seen: Seen, written: MaskWord, code: Code, *, hits: int, last_ns: int) -> Writer:
    """Put together what is known of a writer; `last_ns`: of its last hit, CLOCK_BOOTTIME."""
    bits = 8 * written.word.length
    return Writer(
        way=seen.write.way,
        argument=written.argument,
        address=written.word.address,
        word=None if seen.word is None else seen.word & (1 << bits) - 1,
        tgid=seen.write.tgid,
        tid=seen.write.tid,
        start_ns=seen.start_ns,
        comm=seen.comm,
        executable=code.executable,
        frames=code.frames,
        source=code.source,
        hits=hits,
        last_ns=last_ns,
        missing=code.missing,
    )


class Namer:
    """Names writers, one after another."""

    def __init__(self, root: Path, reader: BoundedReader) -> None:
        """Look below `root` (/proc)."""
        self._root = root
        self._reader = reader
        self._symboliser = Symboliser()

    def code(self, seen: Seen) -> Code:
        """Say what the writer runs; never raises for want of a name."""
        bare = tuple(Frame(address=address) for address in seen.stack)
        executable = None
        try:
            with ProcessDirectory(self._root, seen.write.tgid, seen.write.tid) as directory:
                if directory.stat().start_ticks > seen.start_ns // NS_PER_TICK:
                    raise EnrichmentError(REUSED)  # noqa: TRY301  (one way out for all reasons)
                executable = directory.executable()
                frames, source = self._frames(directory, seen.stack)
        except EnrichmentError as error:
            return Code(executable=executable, frames=bare, missing=str(error))
        return Code(executable=executable, frames=frames, source=source)

    def _frames(
        self, directory: ProcessDirectory, stack: tuple[int, ...]
    ) -> tuple[tuple[Frame, ...], str]:
        symboliser = self._symboliser
        # files are opened and read on a thread that can be left behind, and so on its own copy
        own = os.dup(directory.fileno())
        try:
            file = directory.open_memory_file("maps")
        except OSError as error:
            os.close(own)
            raise EnrichmentError(f"its maps could not be read: {error.strerror}") from None
        try:
            return self._reader.read(file, partial(_named, own, symboliser, stack), NAMING_S)
        except OSError as error:
            raise EnrichmentError(f"its maps could not be read: {error.strerror}") from None
        except EnrichmentError:
            self._symboliser = Symboliser()  # the thread left behind still has the other one
            raise


def _named(
    directory: int, symboliser: Symboliser, stack: tuple[int, ...], file: io.FileIO
) -> tuple[tuple[Frame, ...], str]:
    try:
        mappings = Mappings(lines_until(file, time.monotonic() + NAMING_S))
        trusted = _plausible(stack, mappings)
        frames = symboliser.frames(directory, mappings, trusted, Limit(NAMING_S / 2))
        return frames, source_line(directory, frames[0].file, frames[0].line) if frames else ""
    finally:
        os.close(directory)


def _plausible(stack: tuple[int, ...], mappings: Mappings) -> tuple[int, ...]:
    """Cut a stack where it leaves the program's code: frame pointers may be anything."""
    kept = list(stack[:1])
    for address in stack[1:]:
        mapping = mappings.at(address - 1)
        if mapping is None or not mapping.executable:
            break
        kept.append(address)
    return tuple(kept)
