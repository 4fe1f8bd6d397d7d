"""Where fields lie in the running kernel's structures, by its own BTF. Pure.

The format is Documentation/bpf/btf.rst; what is read here is /sys/kernel/btf/vmlinux, of some
megabytes and 100,000 types.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from detector.errors import ObservationError

MAGIC = 0xEB9F
_HEADER = struct.Struct("<HBBIIIII")
_TYPE = struct.Struct("<III")
_MEMBER = struct.Struct("<III")
_STRUCT = 4
_AGGREGATES = {_STRUCT, 5}
"""Structures and unions."""
_FIXED = {1: 4, 3: 12, 14: 4, 17: 4}
"""Bytes after a type of this kind: int, array, var, decl tag."""
_EACH = {4: 12, 5: 12, 6: 8, 13: 8, 15: 12, 19: 12}
"""Bytes for each of a type's members: struct, union, enum, function's proto, section, enum64."""
_BIT_OFFSET = 0xFFFFFF
"""Of a member's offset where its structure has bit fields (kind_flag)."""


class Btf:
    """The structures of one kernel. Raises ObservationError for bytes that are no BTF."""

    def __init__(self, data: bytes) -> None:
        """Find where each type begins."""
        self._data = data
        try:
            magic, _, _, header, types, types_length, strings, _ = _HEADER.unpack_from(data)
            if magic != MAGIC:
                raise ObservationError("the kernel's BTF does not begin as BTF does")
            self._strings = header + strings
            self._places = list(self._walk(header + types, header + types + types_length))
            self._structures = self._named()
        except struct.error:
            raise ObservationError("the kernel's BTF ends in the middle") from None

    def offset(self, structure: str, member: str) -> int:
        """Give a member's offset in bytes. Raises ObservationError where there is none."""
        try:
            for place in self._structures.get(structure.encode(), ()):
                bits = self._bits(place, member.encode())
                if bits is not None:
                    return bits // 8
        except struct.error:
            raise ObservationError("the kernel's BTF ends in the middle") from None
        raise ObservationError(f"this kernel's BTF has no struct {structure} with {member}")

    def names(self, name: str) -> bool:
        """Whether anything has that name: a type, a member or an enumerator."""
        return b"\0" + name.encode() + b"\0" in self._data[self._strings :]

    def _walk(self, place: int, end: int) -> Iterator[int]:
        while place < end:
            yield place
            info = _TYPE.unpack_from(self._data, place)[1]
            kind = info >> 24 & 0x1F
            place += _TYPE.size + _FIXED.get(kind, 0) + _EACH.get(kind, 0) * (info & 0xFFFF)

    def _named(self) -> dict[bytes, list[int]]:
        """Give the places of every structure of a name; there can be several."""
        found: dict[bytes, list[int]] = {}
        for place in self._places:
            name, info, _ = _TYPE.unpack_from(self._data, place)
            if info >> 24 & 0x1F == _STRUCT:
                found.setdefault(self._name(name), []).append(place)
        return found

    def _name(self, offset: int) -> bytes:
        begin = self._strings + offset
        end = self._data.find(b"\0", begin)
        if end < 0:
            raise ObservationError("the kernel's BTF has a name without an end")
        return self._data[begin:end]

    def _bits(self, place: int, member: bytes) -> int | None:
        """Give a member's offset in bits; those of anonymous members count as the structure's.

        Asks each type once, so that types which contain themselves come to an end.
        """
        pending, seen = [(place, 0)], set[int]()
        while pending:
            place, base = pending.pop()
            seen.add(place)
            for name, kind, bits in self._members(place):
                if name and self._name(name) == member:
                    return base + bits
                inner = None if name else self._aggregate(kind)
                if inner is not None and inner not in seen:
                    pending.append((inner, base + bits))
        return None

    def _members(self, place: int) -> Iterator[tuple[int, int, int]]:
        """Give name, type and offset in bits of each member of a structure or union."""
        info = _TYPE.unpack_from(self._data, place)[1]
        for nth in range(info & 0xFFFF):
            at = place + _TYPE.size + nth * _MEMBER.size
            name, kind, offset = _MEMBER.unpack_from(self._data, at)
            yield name, kind, offset & _BIT_OFFSET if info >> 31 else offset

    def _aggregate(self, kind: int) -> int | None:
        """Give the place of type number `kind`, where that is a structure or union."""
        if not 0 < kind <= len(self._places):  # type 0 is void, and not written down
            return None
        place = self._places[kind - 1]
        info = _TYPE.unpack_from(self._data, place)[1]
        return place if info >> 24 & 0x1F in _AGGREGATES else None
