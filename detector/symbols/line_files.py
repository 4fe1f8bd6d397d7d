"""The names of source files in the header of a DWARF line program: pure.

Format: DWARF 5, section 6.2.4.1 (entry formats); DWARF 4, section 6.2.4 (include_directories,
file_names).
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable

import msgspec

from detector.errors import SymbolError
from detector.symbols.cursor import LONGEST_TEXT, Cursor

MOST = 65536
"""Files or folders of one program."""

_LNCT_PATH, _LNCT_DIRECTORY = 1, 2
_FORM_STRP, _FORM_LINE_STRP = 0x0E, 0x1F
_STRING_OFFSETS = {_FORM_STRP, _FORM_LINE_STRP}


class Strings(msgspec.Struct, frozen=True):
    """The sections that hold names; empty where there is none."""

    line_str: bytes = b""
    plain: bytes = b""


_FORMS: dict[int, Callable[[Cursor], bytes | int]] = {
    0x05: lambda cursor: cursor.number(2),  # DW_FORM_data2
    0x06: lambda cursor: cursor.number(4),  # DW_FORM_data4
    0x07: lambda cursor: cursor.number(8),  # DW_FORM_data8
    0x08: Cursor.text,  # DW_FORM_string
    0x09: lambda cursor: cursor.raw(cursor.uleb()),  # DW_FORM_block
    0x0B: lambda cursor: cursor.number(1),  # DW_FORM_data1
    0x0F: Cursor.uleb,  # DW_FORM_udata
    0x1E: lambda cursor: cursor.raw(16),  # DW_FORM_data16
}
"""How a value is read, by its form; the two offsets into string sections are apart."""


def file_of_v5(cursor: Cursor, strings: Strings, number: int, *, wide: bool) -> str:
    """Name file `number` of a program of version 5; `cursor` stands at the tables."""
    folders = _table(cursor, strings, wide=wide)
    files = _table(cursor, strings, wide=wide)
    if number >= len(files):
        raise SymbolError("its debug information names a file that it does not list")
    path, folder = files[number]
    first = folders[0][0] if folders else b""
    inner = folders[folder][0] if folder < len(folders) else b""
    return _joined(first, inner, path)


def file_of_v4(cursor: Cursor, number: int) -> str:
    """Name file `number` of a program of version 2 to 4; what is relative there stays so."""
    folders = [b""]
    while (folder := cursor.text()) and len(folders) < MOST:
        folders.append(folder)
    for _ in range(min(number, MOST)):
        path = cursor.text()
        if not path:
            break
        index, _, _ = cursor.uleb(), cursor.uleb(), cursor.uleb()
    else:
        if 0 < number <= MOST:
            return _joined(b"", folders[index] if index < len(folders) else b"", path)
    raise SymbolError("its debug information names a file that it does not list")


def _table(cursor: Cursor, strings: Strings, *, wide: bool) -> list[tuple[bytes, int]]:
    """Read a table of folders or files: path, and number of its folder."""
    formats = [(cursor.uleb(), cursor.uleb()) for _ in range(cursor.number(1))]
    count = cursor.uleb()
    if count > MOST:
        raise SymbolError(f"its debug information lists {count:,} files: more than are read")
    table = []
    for _ in range(count):
        path, folder = b"", 0
        for content, form in formats:
            value = _value(cursor, strings, form, wide=wide)
            if content == _LNCT_PATH and isinstance(value, bytes):
                path = value
            elif content == _LNCT_DIRECTORY and isinstance(value, int):
                folder = value
        table.append((path, folder))
    return table


def _value(cursor: Cursor, strings: Strings, form: int, *, wide: bool) -> bytes | int:
    if form in _STRING_OFFSETS:
        offset = cursor.number(8 if wide else 4)
        section = strings.line_str if form == _FORM_LINE_STRP else strings.plain
        return Cursor(section, offset).text()
    if form not in _FORMS:
        raise SymbolError(f"its debug information uses the form {form:#x}, which is not read")
    return _FORMS[form](cursor)


def _joined(*parts: bytes) -> str:
    path = posixpath.normpath(posixpath.join(*parts))[:LONGEST_TEXT]
    return path.decode("utf-8", "backslashreplace")
