"""The line of an address, from a .debug_line section of DWARF 2 to 5: pure.

Format: DWARF 5, section 6.2 (6.2.4 the header, 6.2.5 the programs); versions 2 to 4 differ in the
header alone. The section is read by itself, without .debug_info: so in versions before 5 a file's
name that is relative stays so, as the folder that it is relative to stands elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from detector.errors import SymbolError
from detector.symbols.cursor import Cursor
from detector.symbols.line_files import Strings, file_of_v4, file_of_v5

_WIDE = 0xFFFFFFFF
"""A length of 32 bits that says: the real one follows, in 64 bits (section 7.4)."""
_OLDEST, _MAX_OPS, _NEWEST = 2, 4, 5
"""Versions: the first that is read; the first with maximum_operations; the last."""
_MOST_ADDRESS = (1 << 64) - 1


class Line(msgspec.Struct, frozen=True):
    """A place in a source file."""

    file: str
    line: int


def find_line(
    section: bytes, strings: Strings, address: int, check: Callable[[], None]
) -> Line | None:
    """Give the line of a virtual address; None: no program covers it.

    `check` is called often, and may raise to end a search that takes too long. Raises SymbolError
    where the section is broken before the address was found.
    """
    units = Cursor(section)
    while not units.ended:
        check()
        length = units.number(4)
        wide = length == _WIDE
        unit = Cursor(units.raw(units.number(8) if wide else length))
        header = _header(unit, wide=wide)
        if header is None:
            continue
        row = _row_of(unit, header, address, check)
        if row is not None:
            return Line(_file(unit.data, header, strings, row.file), row.line)
    return None


class _Header(msgspec.Struct, frozen=True):
    version: int
    wide: bool
    """64-bit DWARF."""
    step: int
    """minimum_instruction_length"""
    line_base: int
    line_range: int
    opcode_base: int
    operands: bytes
    """How many LEB128 operands each standard opcode has, from opcode 1."""
    tables: int
    """Where the tables of folders and files begin."""


class _Row(msgspec.Struct):
    """The registers that count, and a row of the matrix that they make (section 6.2.2)."""

    address: int = 0
    file: int = 1
    line: int = 1


def _header(unit: Cursor, *, wide: bool) -> _Header | None:
    """Read a unit's header, and leave the cursor where its program begins; None: passed over."""
    version = unit.number(2)
    if not _OLDEST <= version <= _NEWEST:
        return None
    if version == _NEWEST:
        unit.raw(2)  # address_size, segment_selector_size
    length = unit.number(8 if wide else 4)
    program = unit.at + length
    step = unit.number(1)
    if version >= _MAX_OPS:
        unit.raw(1)  # maximum_operations_per_instruction: above 1 only on VLIW machines
    unit.raw(1)  # default_is_stmt
    line_base = int.from_bytes(unit.raw(1), "little", signed=True)
    line_range, opcode_base = unit.number(1), unit.number(1)
    if not line_range or not opcode_base:
        raise SymbolError("a line program's header makes no sense")
    operands = unit.raw(opcode_base - 1)
    header = _Header(version, wide, step, line_base, line_range, opcode_base, operands, unit.at)
    unit.at = program
    return header


def _file(unit: bytes, header: _Header, strings: Strings, number: int) -> str:
    tables = Cursor(unit, header.tables)
    if header.version == _NEWEST:
        return file_of_v5(tables, strings, number, wide=header.wide)
    return file_of_v4(tables, number)


def _row_of(unit: Cursor, header: _Header, wanted: int, check: Callable[[], None]) -> _Row | None:
    """Run a program until a row covers the address: from its own to that of the next row."""
    now = _Row()
    before: _Row | None = None
    # most opcodes are special ones, so they are counted in plain variables
    data, end = unit.data, len(unit.data)
    special_from, step = header.opcode_base, header.step
    line_base, line_range = header.line_base, header.line_range
    for _ in range(unit.at, end):  # an opcode has a byte at least
        if unit.at >= end:
            break
        opcode = data[unit.at]
        unit.at += 1
        ends = False
        if opcode >= special_from:
            advance, lines = divmod(opcode - special_from, line_range)
            now.address += advance * step
            now.line += line_base + lines
        elif opcode == 0:
            check()
            ends = _extended(unit, now)
            if not ends:
                continue
        elif opcode != _COPY:
            _standard(unit, header, opcode, now)
            continue
        if before is not None and before.address <= wanted < now.address:
            return before
        # what a linker threw away stands at 0
        before = None if ends or not now.address else _Row(now.address, now.file, now.line)
        if ends:
            now = _Row()
    return None


_COPY, _ADVANCE_PC, _ADVANCE_LINE, _SET_FILE = 1, 2, 3, 4
_CONST_ADD_PC, _FIXED_ADVANCE_PC = 8, 9
_END_SEQUENCE, _SET_ADDRESS = 1, 2


def _standard(unit: Cursor, header: _Header, opcode: int, now: _Row) -> None:
    """Obey a standard opcode that makes no row (section 6.2.5.2)."""
    if opcode == _ADVANCE_PC:
        now.address = (now.address + unit.uleb() * header.step) & _MOST_ADDRESS
    elif opcode == _ADVANCE_LINE:
        now.line += unit.sleb()
    elif opcode == _SET_FILE:
        now.file = unit.uleb()
    elif opcode == _CONST_ADD_PC:
        now.address += (255 - header.opcode_base) // header.line_range * header.step
    elif opcode == _FIXED_ADVANCE_PC:
        now.address += unit.number(2)
    else:
        for _ in range(header.operands[opcode - 1]):
            unit.uleb()


def _extended(unit: Cursor, now: _Row) -> bool:
    """Obey an extended opcode (section 6.2.5.3); say whether it ends the sequence."""
    body = Cursor(unit.raw(unit.uleb()))
    if body.ended:
        return False
    opcode = body.number(1)
    if opcode == _SET_ADDRESS:
        now.address = body.number(min(len(body.data) - 1, 8))
    return opcode == _END_SEQUENCE
