"""An argument of any length in a record of the ring buffer, to a content. Pure."""

from __future__ import annotations

import struct
from collections.abc import Mapping

from detector.capture.wire import TEXT, TEXT_BYTES, Beyond
from detector.errors import RecordError
from detector.model.form import Form
from detector.model.snapshot import Content, Unread

_TEXT = struct.Struct(TEXT.format)


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
