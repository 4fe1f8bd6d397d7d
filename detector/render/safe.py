"""Hostile text made safe for a terminal, and measured in the columns that it takes there.

Names and paths of the watched system can hold anything: escape sequences, line breaks, marks that
turn the direction of writing (Unicode TR 36, section 2.6), halves of surrogate pairs. None of it
reaches a terminal; each is written as a backslash escape.
"""

from __future__ import annotations

import unicodedata

from detector.model.printable import escape, printable, units

WIDTH = 80
"""Columns of a line for a person."""

_ELLIPSIS = "..."
_WIDE = {"W", "F"}


def safe(text: str) -> str:
    """Write `text` with everything escaped that a terminal does not simply print."""
    return printable(text)


def columns(text: str) -> int:
    """Count the columns that safe text takes on a terminal."""
    if text.isascii():
        return len(text)
    return sum(2 if unicodedata.east_asian_width(char) in _WIDE else 1 for char in text)


def fit(text: str, width: int) -> str:
    """Write hostile text safely in at most `width` columns; `...` at the end where it is cut.

    An escape is never cut in two. `width` must be 3 or more.
    """
    whole = safe(text)
    if columns(whole) <= width:
        return whole
    kept, room = [], width - len(_ELLIPSIS)
    for unit in units(text):
        room -= columns(unit)
        if room < 0:
            break
        kept.append(unit)
    return "".join(kept) + _ELLIPSIS


def pad(text: str, width: int) -> str:
    """Fill safe text with spaces to `width` columns."""
    return text + " " * (width - columns(text))


def wrap(text: str, width: int) -> list[str]:
    """Break hostile text into safe lines of at most `width` columns, at spaces where it can."""
    lines: list[str] = []
    line = ""
    for word in text.split(" "):
        for piece in _pieces(word, width):
            joined = f"{line} {piece}" if line else piece
            if columns(joined) <= width:
                line = joined
            else:
                lines.append(line)
                line = piece
    return [*lines, line] if line else lines


def paragraph(label: str, text: str, indent: int, width: int = WIDTH) -> list[str]:
    """Write a label and beside it, at column `indent`, wrapped text."""
    lines = wrap(text, width - indent)
    heads = [label] + [""] * (len(lines) - 1)
    return [f"{pad(head, indent)}{line}" for head, line in zip(heads, lines, strict=False)]


def without_surrogates(text: str) -> str:
    """Write bytes that were no UTF-8 (os.fsdecode's lone surrogates) as backslash escapes."""
    if text.isascii():
        return text
    return "".join(escape(char) if unicodedata.category(char) == "Cs" else char for char in text)


def _pieces(word: str, width: int) -> list[str]:
    """Break a word that is wider than a line."""
    pieces, piece = [], ""
    for unit in units(word):
        if columns(piece) + columns(unit) > width:
            pieces.append(piece)
            piece = ""
        piece += unit
    return [*pieces, piece]
