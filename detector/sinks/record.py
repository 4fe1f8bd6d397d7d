"""A message on its way: rendered, and waiting."""

from __future__ import annotations

import msgspec


class Record(msgspec.Struct, kw_only=True, eq=False):
    """One rendered message for one sink."""

    payload: bytes
    alert: bool
    """Whether it is an alert: those say what was lost before them."""
    since_ns: int
    """Wall time at which it was queued, ns since 1970."""
    segment: int | None = None
    """The file of the spool that holds it; None: it is in memory alone."""
    said: int = 0
    """How many lost messages it told of when it was sent last."""
    sent_s: float = 0.0
    """When it was sent last (monotonic clock, seconds)."""
