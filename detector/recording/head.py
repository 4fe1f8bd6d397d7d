"""A recording's head: how many blocks it has, and the hash that stands for all of them."""

from __future__ import annotations

import re
from typing import Protocol

import msgspec

from detector.errors import UsageError
from detector.recording.names import SegmentName

_WRITTEN = re.compile(r"(?:(?P<run>[0-9a-f]{1,64}):)?(?P<count>[0-9]{1,18}):(?P<hash>[0-9a-f]{64})")


class Head(msgspec.Struct, frozen=True):
    """As it goes out in the log and through sinks; whoever keeps it can prove what was written."""

    run: str
    """Empty: of whatever recording it is held against."""
    count: int
    """The number of the recording's last block."""
    hash: bytes

    def __str__(self) -> str:
        """Write it as `parse_heads` reads it: RUN:COUNT:HASH."""
        return f"{self.run}:{self.count}:{self.hash.hex()}"


class OnHead(Protocol):
    """Is told the head at each rotation, and at the end."""

    def __call__(self, *, head: Head, name: SegmentName, last: bool) -> None:
        """Take it; `name`: the file that it closes; `last`: whether the recording ends there."""


def parse_heads(text: str, where: str) -> tuple[Head, ...]:
    """Read one head a line, `[RUN:]COUNT:HASH`. Raises UsageError naming `where`."""
    heads = []
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        found = _WRITTEN.fullmatch(line.strip())
        if found is None:
            raise UsageError(f"{where}, line {number}: a head is COUNT:HASH or RUN:COUNT:HASH")
        heads.append(Head(found["run"] or "", int(found["count"]), bytes.fromhex(found["hash"])))
    if not heads:
        raise UsageError(f"{where}: no head is in it; a head is COUNT:HASH or RUN:COUNT:HASH")
    return tuple(heads)
