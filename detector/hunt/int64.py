"""Whole numbers in 64 bits, as columns hold them: more is no number of a real run. Pure."""

from __future__ import annotations

MOST = (1 << 63) - 1


def int64(number: int) -> int:
    """Give the number, or the nearest that fits."""
    return min(max(number, -MOST), MOST)
