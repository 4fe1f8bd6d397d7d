"""Hostile text written so that nothing in it acts on a terminal: as backslash escapes.

Names and paths of the watched system can hold anything: escape sequences, line breaks, marks that
turn the direction of writing (Unicode TR 36, section 2.6), halves of surrogate pairs.
"""

from __future__ import annotations

import re
import unicodedata

_SURROGATE = 0xDC00
_UNDECODED = range(_SURROGATE + 0x80, _SURROGATE + 0x100)
"""What os.fsdecode makes of a byte that is no UTF-8 (PEP 383)."""
_LAST_BYTE, _LAST_BMP = 0xFF, 0xFFFF
_STACKING = {"Mn", "Me", "Mc"}
"""Marks that join the letter before them: terminals disagree on their width, and any number
of them piles up over other lines."""
_MARK = "..."
_UNIT = re.compile(r"\\x[0-9a-f]{2}|\\u[0-9a-f]{4}|\\U[0-9a-f]{8}|.")
"""A character, or an escape."""


def printable(text: str) -> str:
    """Write `text` with everything escaped that a terminal does not simply print."""
    return "".join(units(text))


def printable_bytes(data: bytes) -> str:
    """Write bytes that should be UTF-8; those that are not are escaped as well."""
    return printable(data.decode("utf-8", "surrogateescape"))


def units(text: str) -> list[str]:
    """Give each character as it may be printed."""
    if text.isascii() and text.isprintable():
        return list(text)
    return [escape(char) if _unprintable(char) else char for char in text]


def escape(char: str) -> str:
    """Write one character as an escape."""
    code = ord(char)
    if code in _UNDECODED:
        return f"\\x{code - _SURROGATE:02x}"
    if code <= _LAST_BYTE:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= _LAST_BMP else f"\\U{code:08x}"


def shortened(text: str, width: int) -> str:
    """Write printable text in about `width` characters: of a longer one, both ends."""
    if len(text) <= width:
        return text
    room = max(width - len(_MARK), 2)
    pieces = _UNIT.findall(text)
    head = _as_many(pieces, room - room // 2)
    tail = _as_many(pieces[::-1], room // 2)
    return "".join(head) + _MARK + "".join(reversed(tail))


def _as_many(pieces: list[str], room: int) -> list[str]:
    """Give the first pieces that fit, an escape never cut in two."""
    kept = []
    for piece in pieces:
        room -= len(piece)
        if room < 0:
            break
        kept.append(piece)
    return kept


def _unprintable(char: str) -> bool:
    return not char.isprintable() or unicodedata.category(char) in _STACKING
