"""What a plan keeps of a file's header: little, as there may be very many of them. Pure."""

from __future__ import annotations

import zlib

import msgspec

from detector.recording.payload import decode, encode, join
from detector.recording.records import Header


class HeaderFacts(msgspec.Struct, frozen=True):
    """What tells whose a file is, and how its clocks stood."""

    host: str
    boot: str
    """The boot id; where the header has none, the run, which is all that is known then."""
    began_ns: int
    """When the run began by the boot's own clock."""
    offsets_ns: tuple[int, int]
    """Wall time minus CLOCK_BOOTTIME: when the run began, and when the file was."""
    doubt_ns: int
    """By so much these may be wrong."""
    packed: bytes
    """The header, for its way to a process that judges."""


def header_facts(header: Header, packed: bytes | None = None) -> HeaderFacts:
    """Keep what is needed of a header; `packed`: it, where it was packed already."""
    beginning = header.beginning
    return HeaderFacts(
        host=header.host,
        boot=header.boot_id or beginning.run,
        began_ns=beginning.began_unix_ns - beginning.offset_ns,
        offsets_ns=(beginning.offset_ns, header.offset_now_ns),
        doubt_ns=max(header.offset_error_ns, 0),
        packed=packed or pack(header),
    )


def pack(header: Header) -> bytes:
    """Write a header as a block's payload has it, compressed."""
    return zlib.compress(join([encode(header)]))


def unpack(packed: bytes) -> Header:
    """Read what `pack` wrote: never the bytes of a recording as they stand."""
    (record,) = decode(zlib.decompress(packed))
    assert isinstance(record, Header)  # noqa: S101  (nothing else is packed)
    return record
