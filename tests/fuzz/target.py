"""What a target is."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple


class Target(NamedTuple):
    """One parser under fire."""

    feed: Callable[[bytes], None]
    """Parses any bytes; raises where the parser raises what it does not document, or is wrong."""
    seeds: Callable[[], Iterable[bytes]]
    """Input to begin with: what the parser is made for."""
