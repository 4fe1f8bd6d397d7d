"""What an engine's workers send home: records as MessagePack, in files each after its length."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from typing import BinaryIO

import msgspec

from detector.hunt.judging import Record

_LENGTH = struct.Struct("<I")

_encoder = msgspec.msgpack.Encoder()
_decoder: msgspec.msgpack.Decoder[Record] = msgspec.msgpack.Decoder(Record)


def encode_record(record: Record) -> bytes:
    """Write one record."""
    return _encoder.encode(record)


def decode_record(data: bytes) -> Record:
    """Read one record."""
    return _decoder.decode(data)


def write_records(file: BinaryIO, records: Iterable[Record]) -> None:
    """Write records one after the other. Raises OSError."""
    for record in records:
        data = encode_record(record)
        file.write(_LENGTH.pack(len(data)))
        file.write(data)


def read_records(file: BinaryIO) -> Iterator[Record]:
    """Read what `write_records` wrote. Raises OSError."""
    while head := file.read(_LENGTH.size):
        yield decode_record(file.read(_LENGTH.unpack(head)[0]))
