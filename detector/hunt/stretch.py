"""How time is cut into stretches, so that there are neither many of them nor one. Pure."""

from __future__ import annotations

_SECOND_NS = 1_000_000_000
_HOUR_S, _DAY_S = 3600, 86_400
STRETCHES = tuple(
    seconds * _SECOND_NS
    for seconds in (
        1, 10, 60, 600, _HOUR_S, 6 * _HOUR_S, _DAY_S, 7 * _DAY_S, 30 * _DAY_S, 365 * _DAY_S
    )
)  # fmt: skip
"""Lengths of a stretch, ns: none is longer than the last."""
MOST = 24


def stretch(span_ns: int) -> int:
    """Give the shortest length of which at most MOST, and one more, cover a span."""
    fitting = (length for length in STRETCHES if span_ns < length * MOST)
    return next(fitting, STRETCHES[-1])
