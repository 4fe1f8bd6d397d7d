"""The correlator's bounds: how long it waits, and how much it remembers."""

from __future__ import annotations

import msgspec

from detector.errors import UsageError

WINDOW_NS = 1_000_000_000
"""How far apart in time (ns) snapshots may be that arrive in the wrong order."""

PARKED_NS = 10_000_000_000
"""How long (ns of stream time) a call may stay in the kernel before it is judged as it stands: a
caller that raced can block after the use for as long as it likes."""

MOST_SNAPSHOTS = 64
"""Snapshots of one call: a sequence at or past this is no ladder's, and is ignored."""


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """How much is held in memory, whatever the input does.

    Raises UsageError for a limit below 1.
    """

    open_calls: int = 65536
    """Calls that are held open; past it the oldest is judged as it stands."""
    remembered: int = 65536
    """Numbers of judged calls, so that a late snapshot does not reopen one."""
    parked: int = 65536
    """Calls judged while they were in the kernel, so that their end is known when it comes."""
    tasks: int = 65536
    """Tasks whose newest call is remembered, so that an older one is known to have ended."""

    def __post_init__(self) -> None:
        """Refuse a limit that leaves no room for a single call."""
        for name in self.__struct_fields__:
            if getattr(self, name) < 1:
                msg = f"the correlator's limit {name} must be at least 1"
                raise UsageError(msg)
