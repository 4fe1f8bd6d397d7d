"""Records to a block's payload and back: one MessagePack array of them. Pure.

A text that is no Unicode (a file's name may be any bytes) cannot be MessagePack's `str`. A record
with such a text is written as the extension type JSON: the same record in JSON, where each lone
surrogate (PEP 383) is an escape, and bytes are Base64.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence

import msgspec

from detector.errors import RecordingError
from detector.recording.plausible import check
from detector.recording.records import TAGGED, Record, Tagged

JSON = 1
"""MessagePack extension type of a record with a text that is no Unicode."""

_ARRAY = struct.Struct(">BI")
_ARRAY32 = 0xDD
"""MessagePack specification, array 32."""

_encoder = msgspec.msgpack.Encoder()


def encode(record: Record) -> bytes:
    """Write one record."""
    tagged = TAGGED[type(record)](record)
    try:
        return _encoder.encode(tagged)
    except UnicodeEncodeError:
        as_json = json.dumps(msgspec.to_builtins(tagged)).encode("ascii")
        return _encoder.encode(msgspec.msgpack.Ext(JSON, as_json))


def join(records: Sequence[bytes]) -> bytes:
    """Make the payload of encoded records."""
    return _ARRAY.pack(_ARRAY32, len(records)) + b"".join(records)


def decode(payload: bytes) -> list[Record]:
    """Read a payload of version 1 or 2, which has `process` records besides.

    Raises RecordingError for anything that toctrace does not write, so that what judges records
    may take them as it takes the kernel's.
    """
    try:
        records: list[Record] = [tagged.body for tagged in _tagged(payload)]
    except (msgspec.DecodeError, ValueError, RecursionError) as error:
        raise RecordingError(f"its records cannot be read: {error}") from None
    for record in records:
        check(record)
    return records


_decoder: msgspec.msgpack.Decoder[list[Tagged]] = msgspec.msgpack.Decoder(list[Tagged])
_one_decoder: msgspec.msgpack.Decoder[Tagged] = msgspec.msgpack.Decoder(Tagged)
_raw_decoder = msgspec.msgpack.Decoder(list[msgspec.Raw])
_json_decoder = msgspec.msgpack.Decoder(msgspec.msgpack.Ext)


def _tagged(payload: bytes) -> list[Tagged]:
    try:
        return _decoder.decode(payload)
    except msgspec.ValidationError:  # perhaps an extension is among them
        return [_one(raw) for raw in _raw_decoder.decode(payload)]


def _one(raw: msgspec.Raw) -> Tagged:
    try:
        return _one_decoder.decode(raw)
    except msgspec.ValidationError as error:
        try:
            extension = _json_decoder.decode(raw)
        except msgspec.ValidationError:
            raise error from None
    if extension.code != JSON:
        raise RecordingError(f"the MessagePack extension {extension.code} is unknown")
    tagged: Tagged = msgspec.convert(json.loads(bytes(extension.data)), Tagged)
    return tagged
