"""Where the command lies that a unit starts."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from detector.errors import UsageError

NAME = "toctrace"


def own_command(invoked: str | None = None, interpreter: str | None = None) -> Path:
    """Give the absolute path of the command that runs; links stay, so that upgrades are followed.

    `invoked` (default: argv[0]) where that is it, else the one beside `interpreter`. Raises
    UsageError where there is neither.
    """
    places = (
        Path(os.path.abspath(sys.argv[0] if invoked is None else invoked)),  # noqa: PTH100  (links)
        Path(sys.executable if interpreter is None else interpreter).with_name(NAME),
    )
    for place in places:
        if place.name == NAME and place.is_file() and os.access(place, os.X_OK):
            return place
    raise UsageError(
        f"there is no command `{NAME}` beside {places[1].parent}: install the package (a unit "
        "needs a command with an absolute path)"
    )
