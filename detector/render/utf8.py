"""Text as UTF-8 within a number of bytes."""

from __future__ import annotations

_MARK = b"..."


def cut(text: str, room: int) -> bytes:
    """Encode `text` in at most `room` bytes, `...` at the end where something had to go.

    No character is cut in two. Lone surrogates must have been replaced before. Where there is no
    room for the mark either, nothing is left.
    """
    data = text.encode()
    if len(data) <= room:
        return data
    if room < len(_MARK):
        return b""
    return data[: room - len(_MARK)].decode(errors="ignore").encode() + _MARK
