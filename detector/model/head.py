"""Heads: how many blocks a recording has, and the hash that stands for all of them."""

from __future__ import annotations

import msgspec


class Head(msgspec.Struct, frozen=True):
    """Whoever keeps it where nobody can change it can prove what was written."""

    run: str
    """Empty: of whatever recording it is held against."""
    count: int
    """The number of the recording's last block."""
    hash: bytes

    def __str__(self) -> str:
        """Write it as it is read: RUN:COUNT:HASH."""
        return f"{self.run}:{self.count}:{self.hash.hex()}"


class HeadNotice(msgspec.Struct, frozen=True, kw_only=True):
    """Word of a head: sent at each rotation of a recording, and at its end."""

    head: Head
    file: str
    """The name of the file that it closes."""
    last: bool
    """Whether the recording ends there."""
    time_unix_ns: int

    @property
    def id(self) -> str:
        """Unique over all runs and hosts, as an alert's."""
        return f"{self.head.run}-head-{self.head.count}"
