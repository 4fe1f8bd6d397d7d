"""ELF files: segments, sections, functions and the build id, as far as names need them.

Formats: System V gABI, chapters 4 and 5; little-endian, 64-bit and 32-bit. Section headers decide
nothing but names here, so a file that lies about them harms its own names alone.
"""

from __future__ import annotations

import struct
import zlib
from bisect import bisect_right

import msgspec

from detector.errors import SymbolError
from detector.symbols.bounded_file import MOST_BYTES, BoundedFile

MOST_SECTIONS = 4096
MOST_SEGMENTS = 256
MOST_SYMBOLS = 2_000_000
LONGEST_NAME = 512
"""Bytes of a symbol's name that are read."""

_IDENT = struct.Struct("<4sBBB9x")
_MAGIC = b"\x7fELF"
_LITTLE = 1  # ELFDATA2LSB
_PT_LOAD, _PT_NOTE = 1, 4
_SHT_SYMTAB, _SHT_NOBITS, _SHT_DYNSYM = 2, 8, 11
_SHF_COMPRESSED = 0x800
_ELFCOMPRESS_ZLIB = 1
_FUNCTIONS = {2, 10}  # STT_FUNC, STT_GNU_IFUNC
_STB_LOCAL = 0
_SHN_UNDEF = 0
_NT_GNU_BUILD_ID = 3
_NOTE = struct.Struct("<III")


class _Class(msgspec.Struct, frozen=True):
    """The layouts of one of the two classes of files, and where the fields that count are."""

    head: struct.Struct
    segment: struct.Struct
    segment_fields: tuple[int, int, int, int]
    """type, offset, virtual address, size in the file"""
    section: struct.Struct
    symbol: struct.Struct
    symbol_fields: tuple[int, int, int, int, int]
    """name, info, section, value, size"""
    compressed: struct.Struct
    """Its fields: type, size, alignment."""


_CLASSES = {
    1: _Class(
        struct.Struct("<HHIIIIIHHHHHH"),
        struct.Struct("<8I"),
        (0, 1, 2, 4),
        struct.Struct("<10I"),
        struct.Struct("<IIIBBH"),
        (0, 3, 5, 1, 2),
        struct.Struct("<III"),
    ),
    2: _Class(
        struct.Struct("<HHIQQQIHHHHHH"),
        struct.Struct("<IIQQQQQQ"),
        (0, 2, 3, 5),
        struct.Struct("<IIQQQQIIQQ"),
        struct.Struct("<IBBHQQ"),
        (0, 1, 3, 4, 5),
        struct.Struct("<I4xQQ"),
    ),
}


class Segment(msgspec.Struct, frozen=True):
    """A part of the file that is loaded, or that holds notes."""

    kind: int
    offset: int
    address: int
    size: int


class Section(msgspec.Struct, frozen=True):
    """A part of the file, by its name."""

    name: str
    kind: int
    flags: int
    offset: int
    size: int
    link: int


class Function(msgspec.Struct, frozen=True):
    """A function of a symbol table."""

    address: int
    """Virtual, as the file is linked."""
    size: int
    """0: not said; it then goes as far as the next one."""
    name_at: int
    """Of its name in the file."""
    local: bool


class Elf:
    """One file. Every method raises SymbolError for what is broken, missing or too large."""

    def __init__(self, file: BoundedFile) -> None:
        """Read the headers."""
        self._file = file
        magic, bits, order, _ = _IDENT.unpack(file.read(0, _IDENT.size))
        if magic != _MAGIC or bits not in _CLASSES or order != _LITTLE:
            raise SymbolError("its file is no ELF file of x86")
        self._class = _CLASSES[bits]
        head = self._class.head.unpack(file.read(_IDENT.size, self._class.head.size))
        self.segments = self._segments(head[4], head[8], head[9])
        self.sections = self._sections(head[5], head[10], head[11], head[12])

    def _segments(self, offset: int, size: int, count: int) -> tuple[Segment, ...]:
        layout = self._class.segment
        if not count or size != layout.size:
            return ()
        raw = self._file.read(offset, min(count, MOST_SEGMENTS) * size)
        chosen = self._class.segment_fields
        return tuple(Segment(*(row[i] for i in chosen)) for row in layout.iter_unpack(raw))

    def _sections(self, offset: int, size: int, count: int, names: int) -> tuple[Section, ...]:
        layout = self._class.section
        if not count or size != layout.size:
            return ()
        rows = list(layout.iter_unpack(self._file.read(offset, min(count, MOST_SECTIONS) * size)))
        if names >= len(rows):
            return ()
        texts = self._file.read(rows[names][4], min(rows[names][5], MOST_BYTES))
        return tuple(
            Section(_text(texts, row[0]), row[1], row[2], row[4], row[5], row[6]) for row in rows
        )

    def virtual(self, offset: int) -> int | None:
        """Give the virtual address of a place in the file; None: it is not loaded."""
        for segment in self.segments:
            if segment.kind == _PT_LOAD and 0 <= offset - segment.offset < segment.size:
                return offset - segment.offset + segment.address
        return None

    def content(self, name: str) -> bytes | None:
        """Give a section's content, inflated where it is compressed; None: there is none."""
        for section in self.sections:
            if section.name == name and section.kind != _SHT_NOBITS:
                raw = self._file.read(section.offset, section.size)
                return self._inflated(raw) if section.flags & _SHF_COMPRESSED else raw
        return None

    def _inflated(self, raw: bytes) -> bytes:
        layout = self._class.compressed
        if len(raw) < layout.size:
            raise SymbolError("a compressed section is cut short")
        kind, size, _ = layout.unpack_from(raw)
        if kind != _ELFCOMPRESS_ZLIB or size > MOST_BYTES:
            raise SymbolError("a section is compressed in a way that is not read")
        try:
            return zlib.decompressobj().decompress(raw[layout.size :], max(size, 1))
        except zlib.error as error:
            raise SymbolError(f"a compressed section is damaged: {error}") from None

    def functions(self) -> Functions | None:
        """Give the functions of .symtab, else of .dynsym; None: it has neither."""
        for kind in (_SHT_SYMTAB, _SHT_DYNSYM):
            for section in self.sections:
                if section.kind == kind:
                    return self._functions_of(section)
        return None

    def _functions_of(self, section: Section) -> Functions:
        layout = self._class.symbol
        if section.link >= len(self.sections):
            raise SymbolError("its symbol table has no names")
        names = self.sections[section.link]
        count = section.size // layout.size
        if count > MOST_SYMBOLS:
            raise SymbolError(f"its symbol table has {count:,} entries: more than are read")
        at_name, at_info, at_section, at_value, at_size = self._class.symbol_fields
        found = []
        for row in layout.iter_unpack(self._file.read(section.offset, count * layout.size)):
            info = row[at_info]
            if info & 0xF in _FUNCTIONS and row[at_section] != _SHN_UNDEF and row[at_name]:
                local = info >> 4 == _STB_LOCAL
                where = names.offset + row[at_name]
                found.append(Function(row[at_value], row[at_size], where, local))
        self._file.limit.check()
        return Functions(found)

    def name_of(self, function: Function) -> str:
        """Read a function's name."""
        raw = self._file.read_up_to(function.name_at, LONGEST_NAME)
        return _text(raw, 0)

    @property
    def build_id(self) -> bytes | None:
        """The GNU build id of its notes (NT_GNU_BUILD_ID); None: it has none."""
        for segment in self.segments:
            if segment.kind == _PT_NOTE:
                found = _build_id(self._file.read_up_to(segment.offset, min(segment.size, 4096)))
                if found:
                    return found
        return None


class Functions:
    """Functions by address."""

    def __init__(self, found: list[Function]) -> None:
        """Sort them; of several at one address, the last is the one that is named."""
        found.sort(key=lambda one: (one.address, not one.local, one.size))
        self._found = found
        self._addresses = [one.address for one in found]

    def at(self, address: int) -> Function | None:
        """Give the function that an address lies in."""
        index = bisect_right(self._addresses, address) - 1
        if index < 0:
            return None
        found = self._found[index]
        return found if not found.size or address < found.address + found.size else None


def _text(raw: bytes, start: int) -> str:
    """Give the text that begins there and ends with a zero byte."""
    end = raw.find(b"\0", start)
    return raw[start : end if end >= 0 else None].decode("utf-8", "backslashreplace")


def _build_id(notes: bytes) -> bytes | None:
    position = 0
    while position + _NOTE.size <= len(notes):
        name_size, size, kind = _NOTE.unpack_from(notes, position)
        name_at = position + _NOTE.size
        at = name_at + (name_size + 3 & ~3)
        if kind == _NT_GNU_BUILD_ID and notes[name_at : name_at + name_size] == b"GNU\0":
            return notes[at : at + size] or None
        position = at + (size + 3 & ~3)
    return None
