"""How time is cut into stretches, so that there are neither many of them nor one. Pure."""

from __future__ import annotations

_HOUR_S, _DAY_S = 3600, 86_400
STRETCHES = {
    seconds * 1_000_000_000: name
    for seconds, name in (
        (1, "1 second"),
        (10, "10 seconds"),
        (60, "1 minute"),
        (600, "10 minutes"),
        (_HOUR_S, "1 hour"),
        (6 * _HOUR_S, "6 hours"),
        (_DAY_S, "1 day"),
        (7 * _DAY_S, "7 days"),
        (30 * _DAY_S, "30 days"),
        (365 * _DAY_S, "365 days"),
    )
}
"""How long a stretch can be, ns, and what that is called; none is longer than the last."""
MOST = 24


def stretch(span_ns: int) -> int:
    """Give the shortest length of which at most MOST, and one more, cover a span."""
    fitting = (length for length in STRETCHES if span_ns < length * MOST)
    return next(fitting, max(STRETCHES))
