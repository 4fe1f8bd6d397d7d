"""Blocks: the bytes of a recording's file, each chained to the one before it by SHA-256. Pure.

    file   PREAMBLE, then blocks, and nothing else
    block  HEAD, the SHA-256 of HEAD and payload, the payload

A block's HEAD carries the hash of the block before it (in the file before it, too), so that the
last hash of a recording stands for every byte of it. The hash serves as the checksum as well.
"""

from __future__ import annotations

import hashlib
import struct
import zlib

import msgspec

from detector.errors import RecordingError

MAGIC = b"TOCTRACE"
VERSION = 2
PREAMBLE = struct.Struct("<8sH6x")
"""MAGIC, and the version of the format."""
HEAD = struct.Struct("<4sBxxxIIQ32s")
"""Mark, codec, bytes of the payload, bytes before compression, number, hash of the one before."""
HASH_BYTES = 32
HEAD_BYTES = HEAD.size + HASH_BYTES
MOST_BYTES = 8 << 20
"""Bytes of a payload before compression: a block that says more is damaged."""
MOST_STORED = MOST_BYTES + (64 << 10)
"""Bytes of a payload in the file: what does not compress grows a little."""
ROOT = bytes(HASH_BYTES)
"""Stands for the hash before a recording's first block."""

_MARK = b"TTBK"
_PLAIN, _ZLIB = 0, 1
_LEVEL = 1
"""zlib's fastest: what it saves on top of that costs many times its time (docs/recording.md)."""


class BlockHead(msgspec.Struct, frozen=True):
    """What stands before a payload."""

    codec: int
    stored: int
    """Bytes of the payload in the file."""
    plain: int
    """Bytes of the payload before compression."""
    number: int
    """1 for the first block of a recording, counting on over all its files."""
    previous: bytes
    hash: bytes


def preamble() -> bytes:
    """Give the first bytes of a file."""
    return PREAMBLE.pack(MAGIC, VERSION)


def parse_preamble(data: bytes) -> int:
    """Give the version of a file's format. Raises RecordingError where it is no recording."""
    if len(data) < PREAMBLE.size:
        raise RecordingError(f"a file of {len(data)} bytes is shorter than its first mark")
    magic, version = PREAMBLE.unpack_from(data)
    if magic != MAGIC or data[8 + 2 : PREAMBLE.size] != bytes(6):
        raise RecordingError("no recording: it does not begin with TOCTRACE")
    return int(version)


def make_block(payload: bytes, number: int, previous: bytes) -> tuple[bytes, bytes]:
    """Give a block's bytes and its hash."""
    packed = zlib.compress(payload, _LEVEL)
    codec, stored = (_ZLIB, packed) if len(packed) < len(payload) else (_PLAIN, payload)
    head = HEAD.pack(_MARK, codec, len(stored), len(payload), number, previous)
    digest = hashlib.sha256(head + stored).digest()
    return head + digest + stored, digest


def parse_head(data: bytes) -> BlockHead:
    """Read a block's first HEAD_BYTES. Raises RecordingError where they are none."""
    mark, codec, stored, plain, number, previous = HEAD.unpack_from(data)
    if mark != _MARK:
        raise RecordingError("no block begins here")
    if stored > MOST_STORED or plain > MOST_BYTES:
        raise RecordingError(f"a block of {stored} bytes, {plain} before compression")
    digest = data[HEAD.size : HEAD_BYTES]
    return BlockHead(codec, stored, plain, number, previous, digest)


def unpack(head: BlockHead, first: bytes, stored: bytes) -> bytes:
    """Give the payload before compression.

    `first`: the block's first HEAD_BYTES, as in the file; `stored`: what follows them. Raises
    RecordingError where the hash is another one, or the payload cannot be had.
    """
    if hashlib.sha256(first[: HEAD.size] + stored).digest() != head.hash:
        raise RecordingError("it does not have the hash that it says")
    if head.codec == _PLAIN:
        payload = stored
    elif head.codec == _ZLIB:
        payload = _inflate(stored, head.plain)
    else:
        raise RecordingError(f"its codec {head.codec} is unknown")
    if len(payload) != head.plain:
        raise RecordingError(f"it has {len(payload)} bytes and says {head.plain}")
    return payload


def _inflate(stored: bytes, plain: int) -> bytes:
    """Decompress, never to more than was promised and one byte."""
    inflater = zlib.decompressobj()
    try:
        payload = inflater.decompress(stored, plain + 1)
    except zlib.error as error:
        raise RecordingError(f"a block that cannot be decompressed: {error}") from None
    if not inflater.eof or inflater.unused_data:
        raise RecordingError("a block whose compressed bytes do not end where it ends")
    return payload
