"""Hostile text written so that nothing in it acts on a terminal: as backslash escapes.

Names and paths of the watched system can hold anything: escape sequences, line breaks, marks that
turn the direction of writing (Unicode TR 36, section 2.6), halves of surrogate pairs.
"""

from __future__ import annotations

import unicodedata

_SURROGATE = 0xDC00
_UNDECODED = range(_SURROGATE + 0x80, _SURROGATE + 0x100)
"""What os.fsdecode makes of a byte that is no UTF-8 (PEP 383)."""
_LAST_BYTE, _LAST_BMP = 0xFF, 0xFFFF
_STACKING = {"Mn", "Me", "Mc"}
"""Marks that join the letter before them: terminals disagree on their width, and any number
of them piles up over other lines."""
_MARK = "..."


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
    return text[: room - room // 2] + _MARK + text[-(room // 2) :]


def _unprintable(char: str) -> bool:
    return not char.isprintable() or unicodedata.category(char) in _STACKING
