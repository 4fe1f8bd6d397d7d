"""One mapped file: a place in it to function, file and line."""

from __future__ import annotations

import io
from contextlib import ExitStack

import msgspec

from detector.errors import SymbolError
from detector.symbols.bounded_file import BoundedFile, Limit
from detector.symbols.debug_files import open_debug_file
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
    """A file's function table, read once; the file itself is opened for each look.

    Debug information that lies apart from the file goes before its own, which strip(1) thinned.
    """

    def __init__(self, file: io.FileIO, limit: Limit) -> None:
        """Read headers and symbol table. Raises SymbolError."""
        with ExitStack() as stack:
            named = _named(Elf(BoundedFile(file, limit)), limit, stack)
            self._functions: Functions | None = named.functions()

    def place(self, file: io.FileIO, offset: int, shown: int, limit: Limit) -> Place:
        """Say what stands at `offset` of the file; `symbol_offset` is that of `shown`.

        `shown` is apart from `offset` where the address is that behind an instruction. Raises
        SymbolError where the file is broken.
        """
        elf = Elf(BoundedFile(file, limit))
        address = elf.virtual(offset)
        if address is None:
            raise SymbolError("its file loads nothing there")
        with ExitStack() as stack:
            named = _named(elf, limit, stack)
            return _lined(self._symbol(named, address, shown - offset), named, address, limit)

    def _symbol(self, named: Elf, address: int, beyond: int) -> Place:
        if self._functions is None:
            return Place(missing=NO_TABLE)
        function = self._functions.at(address)
        if function is None:
            return Place(missing=NO_FUNCTION)
        symbol, offset = named.name_of(function), address - function.address + beyond
        return Place(symbol=symbol, symbol_offset=offset)


def _lined(place: Place, named: Elf, address: int, limit: Limit) -> Place:
    """Add the line, which takes longest by far.

    It may take half of the time that is left, so that other places of a stack still have symbols.
    """
    line = _line(named, address, Limit(limit.left / 2))
    return place if line is None else msgspec.structs.replace(place, file=line.file, line=line.line)


def _named(elf: Elf, limit: Limit, stack: ExitStack) -> Elf:
    """Give the file that has the names of `elf`: one for its build id, or itself."""
    build_id = elf.build_id
    file = open_debug_file(build_id) if build_id else None
    if file is None:
        return elf
    stack.callback(file.close)
    try:
        apart = Elf(BoundedFile(file, limit))
    except SymbolError:
        return elf
    return apart if apart.build_id == build_id else elf


def _line(elf: Elf, address: int, limit: Limit) -> Line | None:
    """Look the line up; None: not known, or the debug information is broken or too long."""
    try:
        section = elf.content(".debug_line")
        if not section:
            return None
        strings = Strings(elf.content(".debug_line_str") or b"", elf.content(".debug_str") or b"")
        return find_line(section, strings, address, limit.check)
    except SymbolError:
        return None  # a symbol without a line is worth having
