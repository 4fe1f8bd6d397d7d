"""An argument of any length in a record of the ring buffer, to a content. Pure."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from itertools import groupby

import msgspec

from detector.capture.wire import ELEMENT_UNUSED, TEXT, TEXT_BYTES, Beyond
from detector.errors import RecordError
from detector.model.form import Form
from detector.model.snapshot import NOT_USED, Content, Unread

_TEXT = struct.Struct(TEXT.format)
_ELEMENT = struct.Struct("=i")


def decode_text(record: bytes, offset: int, forms: Mapping[int, Form]) -> tuple[int, Content]:
    """Read one `struct toctrace_text`: the position of its argument, and its content.

    `forms`: those of the call's arguments by their positions. Of what has a length of its own, what
    was not read is zeros.

    Raises RecordError where it is shorter than it says, or longer than there is room for.
    """
    begin = offset + _TEXT.size
    if len(record) < begin:
        raise RecordError(f"a record of {len(record)} bytes is too short for a text")
    address, length, wanted, error, position, beyond, _ = _TEXT.unpack_from(record, offset)
    if length > wanted or wanted > TEXT_BYTES or len(record) < begin + length:
        raise RecordError(f"a text of {length} bytes of {wanted}, in {len(record) - begin}")
    data = record[begin : begin + length]
    if forms.get(position) is not Form.PATH:
        data = data.ljust(wanted, b"\0")
    unread = (Unread(length, wanted, -error),) if error and length < wanted else ()
    return position, Content(
        address=address,
        bits=8 * len(data),
        data=data,
        unread=unread,
        beyond=beyond == Beyond.SET,
    )


def used_elements(content: Content) -> Content:
    """Take what was used of an array piece by piece: what no piece had is unread, and zeros."""
    data = bytearray(content.data)
    gaps = tuple(_unused(content.data))
    for gap in gaps:
        data[gap.start : gap.end] = bytes(gap.end - gap.start)
    return msgspec.structs.replace(content, data=bytes(data), unread=gaps + content.unread)


def _unused(data: bytes) -> Iterator[Unread]:
    """Give the runs of elements that no piece had."""
    size = _ELEMENT.size
    whole = len(data) - len(data) % size
    numbers = enumerate(value for (value,) in _ELEMENT.iter_unpack(data[:whole]))
    for unused, run in groupby(numbers, lambda element: element[1] == ELEMENT_UNUSED):
        if unused:
            places = [nth for nth, _ in run]
            yield Unread(size * places[0], size * (places[-1] + 1), NOT_USED)
