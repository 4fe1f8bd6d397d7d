"""Numbers and texts of DWARF, read in order: pure."""

from __future__ import annotations

from detector.errors import SymbolError

LONGEST_TEXT = 4096
"""Bytes of a text that are kept."""

_CUT = "its debug information is cut short"
_LONGEST_LEB = 10
"""Bytes of a LEB128 number of 64 bits (DWARF 5, section 7.6)."""
_MORE, _SIGN = 0x80, 0x40


class Cursor:
    """A place in bytes; reading past their end raises SymbolError."""

    def __init__(self, data: bytes, at: int = 0) -> None:
        """Begin at `at`."""
        self.data = data
        self.at = at

    @property
    def ended(self) -> bool:
        """Whether everything was read."""
        return self.at >= len(self.data)

    def raw(self, size: int) -> bytes:
        """Give the next `size` bytes."""
        end = self.at + size
        if end > len(self.data):
            raise SymbolError(_CUT)
        raw, self.at = self.data[self.at : end], end
        return raw

    def number(self, size: int) -> int:
        """Give an unsigned number of `size` bytes."""
        return int.from_bytes(self.raw(size), "little")

    def uleb(self) -> int:
        """Give an unsigned LEB128."""
        return self._leb()[0]

    def sleb(self) -> int:
        """Give a signed LEB128."""
        value, bits, negative = self._leb()
        return value - (1 << bits) if negative else value

    def _leb(self) -> tuple[int, int, bool]:
        """Give the value, how many bits it has, and whether the sign bit is set."""
        value = 0
        for place in range(_LONGEST_LEB):
            byte = self.number(1)
            value |= (byte & ~_MORE) << 7 * place
            if not byte & _MORE:
                return value, 7 * (place + 1), bool(byte & _SIGN)
        raise SymbolError("its debug information holds a number that is too long")

    def text(self) -> bytes:
        """Give what comes before the next zero byte."""
        end = self.data.find(b"\0", self.at)
        if end < 0:
            raise SymbolError(_CUT)
        text, self.at = self.data[self.at : min(end, self.at + LONGEST_TEXT)], end + 1
        return text
