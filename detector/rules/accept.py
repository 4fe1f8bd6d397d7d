"""What one value of a field must be: equal, in a range, like a glob, or a set with some nodes."""

from __future__ import annotations

import re

import msgspec

from detector.model.nodemask import nodes
from detector.rules.field import Value


class Equal(msgspec.Struct, frozen=True):
    """The value itself."""

    value: Value


class Between(msgspec.Struct, frozen=True):
    """A number from `least` to `most`, both included; None: no bound on that side."""

    least: int | None
    most: int | None


class Like(msgspec.Struct, frozen=True):
    """Text that fits a pattern from its first to its last character."""

    pattern: re.Pattern[str]


class Nodes(msgspec.Struct, frozen=True):
    """A set of nodes; None: nothing is asked of it in that way."""

    equal: frozenset[int] | None = None
    any_of: frozenset[int] | None = None
    all_of: frozenset[int] | None = None
    none_of: frozenset[int] | None = None


Accept = Equal | Between | Like | Nodes
"""One thing that a rule accepts a value for."""


def accepts(accept: Accept, value: Value) -> bool:
    """Say whether a value is what is asked for; one of another type never is."""
    match accept, value:
        case Equal(wanted), _:
            return wanted == value and isinstance(value, bool) is isinstance(wanted, bool)
        case Between(least, most), int():
            return (least is None or least <= value) and (most is None or value <= most)
        case Like(pattern), str():
            return pattern.fullmatch(value) is not None
        case Nodes(), bytes():
            return _has(accept, frozenset(nodes(value)))
    return False


def _has(asked: Nodes, found: frozenset[int]) -> bool:
    return (
        (asked.equal is None or found == asked.equal)
        and (asked.any_of is None or not found.isdisjoint(asked.any_of))
        and (asked.all_of is None or found >= asked.all_of)
        and (asked.none_of is None or found.isdisjoint(asked.none_of))
    )
