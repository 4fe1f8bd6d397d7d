"""Exit codes: one meaning everywhere."""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    """What the exit status of every toctrace command says."""

    CLEAN = 0
    """Clean, and everything that should be observed was."""
    USAGE = 2
    """The command line or a rule is wrong."""
    FOUND = 10
    """Findings at or above `--fail-on`."""
    UNOBSERVED = 11
    """Nothing could be observed."""
    DEGRADED = 12
    """Clean as far as seen, but a stage is missing or something was lost."""
