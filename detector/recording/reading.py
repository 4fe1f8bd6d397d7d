"""One file of a recording, read block by block: what is whole is given, what is not is told."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

import msgspec

from detector.errors import RecordingError
from detector.recording.block import (
    HEAD_BYTES,
    PREAMBLE,
    VERSION,
    BlockHead,
    parse_head,
    parse_preamble,
    unpack,
)
from detector.recording.payload import decode
from detector.recording.records import Record

DECODERS: dict[int, Callable[[bytes], list[Record]]] = {1: decode, VERSION: decode}
"""By version of the format. An old version keeps its decoder, and a recording of it in
tests/fixtures."""

_OPEN = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY


class Block(msgspec.Struct, frozen=True):
    """One whole block."""

    offset: int
    head: BlockHead
    records: list[Record]


class Gap(msgspec.Struct, frozen=True):
    """A place where something is not whole."""

    file: str
    offset: int
    """Bytes from the file's beginning."""
    reason: str
    cut: bool = False
    """Whether the file simply ends here, as it does when the tool is killed."""

    def __str__(self) -> str:
        """Write it for a person."""
        return f"{self.file}, byte {self.offset}: {self.reason}"


def read_file(path: Path) -> Iterator[Block | Gap]:
    """Give the blocks of a file, and a Gap for each place that is damaged or cut."""
    try:
        file = _opened(path)
    except OSError as error:
        yield Gap(path.name, 0, f"it cannot be opened: {error.strerror or error}")
        return
    with file:
        try:
            yield from read_blocks(file, path.name)
        except OSError as error:
            yield Gap(path.name, 0, f"it cannot be read: {error.strerror or error}")


def read_blocks(file: BinaryIO, name: str) -> Iterator[Block | Gap]:
    """Do the same for an open file. Raises OSError alone.

    A block that is damaged inside is passed over, as the next one is found behind it; where the
    next one is not found either, the rest of the file is.
    """
    first = file.read(PREAMBLE.size)
    try:
        version = parse_preamble(first)
        decoder = DECODERS[version]
    except RecordingError as error:
        yield Gap(name, 0, str(error), cut=len(first) < PREAMBLE.size)
        return
    except KeyError:
        known = ", ".join(map(str, sorted(DECODERS)))
        yield Gap(name, 0, f"its format has version {version}; this tool reads {known}: update it")
        return
    offset = PREAMBLE.size
    while data := file.read(HEAD_BYTES):
        if len(data) < HEAD_BYTES:
            yield Gap(name, offset, f"it ends within a block, after {len(data)} bytes", cut=True)
            return
        try:
            head = parse_head(data)
        except RecordingError as error:
            yield Gap(name, offset, f"{error}; the rest of the file is not read")
            return
        stored = file.read(head.stored)
        if len(stored) < head.stored:
            had = HEAD_BYTES + len(stored)
            yield Gap(name, offset, f"it ends within a block, after {had} bytes", cut=True)
            return
        try:
            yield Block(offset, head, decoder(unpack(head, data, stored)))
        except RecordingError as error:
            yield Gap(name, offset, f"block {head.number}: {error}")
        offset += HEAD_BYTES + head.stored


def _opened(path: Path) -> BinaryIO:
    """Open a regular file: a pipe or a device in a case would be waited for without end."""
    descriptor = os.open(path, _OPEN)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError("no regular file")
    return os.fdopen(descriptor, "rb")
