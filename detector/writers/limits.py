"""How much is watched, and for how long."""

from __future__ import annotations

WORDS = 4
"""Words that are watched at one time: x86 has four debug registers."""
HOLD_S = 10
"""How long words are watched, in seconds; then their debug registers are free for others."""
