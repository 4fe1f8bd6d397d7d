"""Where seeds come from."""

from __future__ import annotations

from pathlib import Path

CHECKOUT = Path(__file__).parents[2]
FINDS = Path(__file__).parent / "finds"
"""Inputs that broke a parser once: FINDS/TARGET/NAME. tests/unit/fuzz feeds them again."""
RECORDINGS = CHECKOUT / "tests" / "fixtures" / "recordings"
