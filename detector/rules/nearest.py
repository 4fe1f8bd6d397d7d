"""Names that somebody may have meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable

_SHOWN = 12


def nearest(wrong: str, names: Iterable[str]) -> str:
    """Say which name is nearest to a wrong one; those there are where none is near."""
    known = sorted(names)
    near = difflib.get_close_matches(wrong.lower(), known, n=1)
    if near:
        return f"did you mean `{near[0]}`?"
    more = f" and {len(known) - _SHOWN} more" if len(known) > _SHOWN else ""
    return f"known are {', '.join(known[:_SHOWN])}{more}"
