"""What syslog and journald messages say about the program that sends them."""

from __future__ import annotations

from datetime import UTC, tzinfo

import msgspec

APP_NAME = "toctrace"
EXAMPLE_ENTERPRISE = 32473
"""The private enterprise number that IANA keeps for documentation (RFC 5612)."""


class Originator(msgspec.Struct, frozen=True, kw_only=True):
    """The sender, and the settings that its messages have in common."""

    pid: int
    facility: str = "authpriv"
    """One of `priority.FACILITIES`."""
    enterprise: int = EXAMPLE_ENTERPRISE
    """The private enterprise number in the names of structured data (RFC 5424 section 7.2.2)."""
    max_bytes: int = 8192
    """The longest message, in bytes; RFC 5424 section 6.1 and rsyslog's own default."""
    zone: tzinfo = UTC
    """The time zone of forms that carry local time without saying which (RFC 3164)."""
