"""What comes from files and the environment, made safe for a terminal and for JSON."""

from __future__ import annotations

LIMIT = 300
"""Longest text taken over from outside, in characters: a hostile file must not fill the screen."""


def printable(text: str) -> str:
    """Return `text` on one line, control and direction characters escaped, cut at `LIMIT`."""
    cut = text[:LIMIT]
    shown = "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in cut)
    return shown if len(text) <= LIMIT else f"{shown}..."
