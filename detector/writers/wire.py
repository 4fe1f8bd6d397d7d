"""The layouts and numbers of bpf/writer.h, as Python reads them, and its records decoded. Pure."""

from __future__ import annotations

import struct
from enum import IntEnum

import msgspec

from detector.capture.wire import Record
from detector.errors import RecordError
from detector.model.writer import Way
from detector.writers.limits import WORDS

VERSION = 1
FRAMES = 32
COMM_BYTES = 16


class WireWay(IntEnum):
    """enum toctrace_way."""

    WATCHPOINT = 1
    IN_KERNEL = 2
    PROCESS_VM_WRITEV = 3
    PROC_MEM = 4
    PTRACE = 5


class WriterCounter(IntEnum):
    """enum toctrace_writer_counter."""

    WRITES_FULL = 0
    RING_FULL = 1


WATCHED = Record("toctrace_watched", (("address", f"{WORDS}Q"), ("length", f"{WORDS}Q")))
WRITE = Record(
    "toctrace_write",
    (
        ("address", "Q"),
        ("ip", "Q"),
        ("owner", "I"),
        ("tgid", "I"),
        ("tid", "I"),
        ("way", "I"),
    ),
)
HITS = Record("toctrace_hits", (("count", "Q"), ("last_ns", "Q")))
WRITER = Record(
    "toctrace_writer",
    (
        ("version", "H"),
        ("frames", "H"),
        ("reserved", "I"),
        ("write", f"{WRITE.size}s"),
        ("time_ns", "Q"),
        ("start_ns", "Q"),
        ("word", "Q"),
        ("comm", f"{COMM_BYTES}s"),
        ("stack", f"{FRAMES}Q"),
    ),
)
RECORDS = (WATCHED, WRITE, HITS, WRITER)
ENUMS = {"toctrace_way": WireWay, "toctrace_writer_counter": WriterCounter}

_WAYS = {
    WireWay.WATCHPOINT: Way.STORE,
    WireWay.IN_KERNEL: Way.SYSTEM_CALL,
    WireWay.PROCESS_VM_WRITEV: Way.PROCESS_VM_WRITEV,
    WireWay.PROC_MEM: Way.PROC_MEM,
    WireWay.PTRACE: Way.PTRACE,
}
_WIRE_WAYS = {way: wire for wire, way in _WAYS.items()}
_TRIPPED = {Way.STORE, Way.SYSTEM_CALL}
"""Ways of which the word was read right after the write; on the others it is not written yet."""


class Write(msgspec.Struct, frozen=True):
    """One way to write one word: `struct toctrace_write`."""

    address: int
    ip: int
    owner: int
    """Process whose memory the address is in."""
    tgid: int
    tid: int
    way: Way


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """A write, the first time that it was seen: `struct toctrace_writer`."""

    write: Write
    time_ns: int
    start_ns: int
    word: int | None
    comm: str
    stack: tuple[int, ...]


def encode_watched(words: dict[int, int]) -> bytes:
    """Make a `struct toctrace_watched` of lengths by address, of which there are at most four."""
    pairs = [*words.items(), *[(0, 0)] * (WORDS - len(words))]
    addresses, lengths = zip(*pairs, strict=True)
    return struct.pack(WATCHED.format, *addresses, *lengths)


def decode_write(raw: bytes) -> Write:
    """Read a `struct toctrace_write`. Raises RecordError."""
    if len(raw) != WRITE.size:
        raise RecordError(f"a write of {len(raw)} bytes")
    address, ip, owner, tgid, tid, way = struct.unpack(WRITE.format, raw)
    if way not in _WAYS:
        raise RecordError(f"a write by the unknown way {way}")
    return Write(address, ip, owner, tgid, tid, _WAYS[way])


def encode_write(write: Write) -> bytes:
    """Make a `struct toctrace_write`, which is the key that its hits are counted by."""
    way = _WIRE_WAYS[write.way]
    fields = (write.address, write.ip, write.owner, write.tgid, write.tid, way)
    return struct.pack(WRITE.format, *fields)


def decode_hits(raw: bytes) -> tuple[int, int]:
    """Read a `struct toctrace_hits`: how many, and when the last was."""
    count, last_ns = struct.unpack(HITS.format, raw)
    return count, last_ns


def decode_writer(raw: bytes) -> Seen:
    """Read a `struct toctrace_writer`. Raises RecordError."""
    if len(raw) < WRITER.size:
        raise RecordError(f"a writer's record of {len(raw)} bytes")
    version, frames, _, write, time_ns, start_ns, word, comm, *stack = struct.unpack_from(
        WRITER.format, raw
    )
    if version != VERSION or frames > FRAMES:
        raise RecordError(f"a writer's record of version {version}, {frames} frames")
    decoded = decode_write(write)
    return Seen(
        write=decoded,
        time_ns=time_ns,
        start_ns=start_ns,
        word=word if decoded.way in _TRIPPED else None,
        comm=comm.partition(b"\0")[0].decode("utf-8", "backslashreplace"),
        stack=tuple(stack[:frames]) or (decoded.ip,),
    )
