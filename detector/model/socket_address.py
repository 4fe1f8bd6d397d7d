"""Socket addresses as byte strings: where their parts are, by family."""

from __future__ import annotations

from enum import IntEnum

from detector.model.snapshot import Content


class Family(IntEnum):
    """include/linux/socket.h, the families whose addresses are read here."""

    UNSPEC = 0
    UNIX = 1
    INET = 2
    INET6 = 10
    NETLINK = 16


FAMILY_BYTES = 2
PATH_AT = FAMILY_BYTES
"""Where sun_path begins."""


def family_of(content: Content) -> int | None:
    """Give the family; None where it is not there, or could not be read."""
    if len(content.data) < FAMILY_BYTES or any(gap.start < FAMILY_BYTES for gap in content.unread):
        return None
    return int.from_bytes(content.data[:FAMILY_BYTES], "little")
