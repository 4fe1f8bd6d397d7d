"""Colour for a terminal (ECMA-48 SGR sequences), where the caller asks for it."""

from __future__ import annotations

from detector.model.finding import Severity

_RESET = "\x1b[0m"
_RED, _YELLOW, _BLUE, _BOLD = "\x1b[1;31m", "\x1b[1;33m", "\x1b[1;34m", "\x1b[1m"

SEVERITY = {
    Severity.EMERG: _RED,
    Severity.ALERT: _RED,
    Severity.CRIT: _RED,
    Severity.ERR: _RED,
    Severity.WARNING: _YELLOW,
    Severity.NOTICE: _BLUE,
    Severity.INFO: _BLUE,
    Severity.DEBUG: _BLUE,
}
"""The colour of each severity."""

CHANGED = _RED
"""Where something changed."""
TITLE = _BOLD
BAD = _RED
DOUBTFUL = _YELLOW
GOOD = "\x1b[1;32m"


def paint(text: str, style: str, *, colour: bool) -> str:
    """Write safe text in a style; as it is where no colour is wanted."""
    return f"{style}{text}{_RESET}" if colour and text else text
