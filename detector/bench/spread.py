"""Repeated measurements, as their middle and how far they lie apart. Pure."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

import msgspec


class Spread(msgspec.Struct, frozen=True, kw_only=True):
    """What several rounds came to."""

    median: float
    low: float
    """The first quartile."""
    high: float
    """The third quartile."""


def spread(values: Sequence[float]) -> Spread:
    """Give the spread of at least one value."""
    if len(values) == 1:
        return Spread(median=values[0], low=values[0], high=values[0])
    low, median, high = statistics.quantiles(values, n=4, method="inclusive")
    return Spread(median=median, low=low, high=high)


def to_middle(values: Sequence[float], floor: Sequence[float]) -> Spread | None:
    """Give the spread of `values` against the middle of `floor`; None where that is not above 0.

    For a floor that is itself a small difference: a round's own may be noise, or below 0.
    """
    middle = statistics.median(floor)
    return ratios(values, [middle] * len(values)) if middle > 0 else None


def ratios(values: Sequence[float], floor: Sequence[float]) -> Spread | None:
    """Give the spread of round by round ratios; None where a floor is nothing to divide by."""
    pairs = [(value, below) for value, below in zip(values, floor, strict=True) if below > 0]
    return spread([value / below for value, below in pairs]) if pairs else None
