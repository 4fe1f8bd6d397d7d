"""Marks: which tasks are watched, and which descendants are alive."""

from __future__ import annotations

import struct

import msgspec

from detector.capture.wire import MARK, Seed


class Marked(msgspec.Struct, frozen=True):
    """A marked task: ids in the root namespace, and in the watcher's own (0: not visible)."""

    tgid: int
    tid: int
    ns_tgid: int
    ns_tid: int


def decode_mark(value: bytes) -> Marked:
    """Read one `struct toctrace_mark`."""
    return Marked(*struct.unpack(MARK.format, value))


def seed_value(seed: Seed) -> bytes:
    """Make the value that a marked task's storage takes."""
    return seed.to_bytes(4, "little")
