"""Names of the files of a case: RUN.NNNNNN.toctrace, and beside it what seals it. Pure."""

from __future__ import annotations

import re

import msgspec

SUFFIX = ".toctrace"
HEAD_SUFFIX = ".head"
SIGNATURE_SUFFIX = ".head.sig"
_NAME = re.compile(r"([0-9a-f]{1,64})\.([0-9]{6,12})\.toctrace")


class SegmentName(msgspec.Struct, frozen=True, order=True):
    """One file of one recording."""

    run: str
    number: int

    def __str__(self) -> str:
        """Write the file's name."""
        return f"{self.stem}{SUFFIX}"

    @property
    def stem(self) -> str:
        """The name without its end."""
        return f"{self.run}.{self.number:06}"


def parse_name(name: str) -> SegmentName | None:
    """Read a file's name; None: it is none of a recording."""
    found = _NAME.fullmatch(name)
    return None if found is None else SegmentName(found[1], int(found[2]))
