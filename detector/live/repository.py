"""Where the repository is that a CI job stands in, and places in it."""

from __future__ import annotations

import re
from pathlib import Path

from detector.errors import UsageError
from detector.render.location import Location

_PLACE = re.compile(r"(?P<path>.+?)(?::(?P<line>[0-9]{1,9}))?", re.DOTALL)


def repository_root(folder: Path) -> Path:
    """Give the nearest folder, upwards from `folder`, that holds a `.git`; else `folder`."""
    whole = folder.resolve()
    return next((above for above in (whole, *whole.parents) if (above / ".git").exists()), whole)


def place_in(root: Path, text: str) -> Location:
    """Read `PATH[:LINE]`, the path relative to the repository's root, or absolute and inside.

    Raises UsageError for a place outside, as GitHub takes none, and for a line 0.
    """
    match = _PLACE.fullmatch(text)
    if match is None:
        raise UsageError("--location is empty: name a file of the repository, as in ci/build.sh:12")
    line = int(match["line"] or 1)
    if not line:
        raise UsageError(f"--location {text!r}: lines count from 1")
    whole = (root / match["path"]).resolve()
    if not whole.is_relative_to(root) or whole == root:
        raise UsageError(
            f"--location {text!r}: not inside the repository ({root}): name a file in it"
        )
    return Location(str(whole.relative_to(root)), line)
