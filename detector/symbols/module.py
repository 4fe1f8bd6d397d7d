"""One mapped file: a place in it to function, file and line."""

from __future__ import annotations

import io
from functools import partial

import msgspec

from detector.errors import SymbolError
from detector.symbols.bounded_file import BoundedFile, Limit
from detector.symbols.elf import Elf, Functions
from detector.symbols.line_files import Strings
from detector.symbols.lines import Line, find_line


class Place(msgspec.Struct, frozen=True):
    """What one address of a file is."""

    symbol: str = ""
    symbol_offset: int = 0
    file: str = ""
    line: int = 0
    missing: str = ""
    """Why there is no symbol; empty where there is one."""


NO_TABLE = "its file has no symbol table"
NO_FUNCTION = "no function of its file's symbol table is there"


class Module:
    """A file's function table, read once; the file itself is opened for each look."""

    def __init__(self, file: io.FileIO, limit: Limit) -> None:
        """Read headers and symbol table. Raises SymbolError."""
        elf = Elf(BoundedFile(file, limit))
        self._functions: Functions | None = elf.functions()
        self.build_id = elf.build_id

    @property
    def named(self) -> bool:
        """Whether it has a symbol table."""
        return self._functions is not None

    def place(self, file: io.FileIO, offset: int, shown: int, limit: Limit) -> Place:
        """Say what stands at `offset` of the file; `symbol_offset` is that of `shown`.

        `shown` is apart from `offset` where the address is that behind an instruction. Raises
        SymbolError where the file is broken.
        """
        elf = Elf(BoundedFile(file, limit))
        address = elf.virtual(offset)
        if address is None:
            raise SymbolError("its file loads nothing there")
        line = _line(elf, address, limit)
        found = Place() if line is None else Place(file=line.file, line=line.line)
        if self._functions is None:
            return msgspec.structs.replace(found, missing=NO_TABLE)
        function = self._functions.at(address)
        if function is None:
            return msgspec.structs.replace(found, missing=NO_FUNCTION)
        return msgspec.structs.replace(
            found,
            symbol=elf.name_of(function),
            symbol_offset=address - function.address + shown - offset,
        )


def _line(elf: Elf, address: int, limit: Limit) -> Line | None:
    """Look the line up; None: not known, or the debug information is broken or too long."""
    try:
        section = elf.content(".debug_line")
        if not section:
            return None
        content = partial(_content, elf)
        strings = Strings(content(".debug_line_str"), content(".debug_str"))
        return find_line(section, strings, address, limit.check)
    except SymbolError:
        return None  # a symbol without a line is worth having


def _content(elf: Elf, name: str) -> bytes:
    return elf.content(name) or b""
