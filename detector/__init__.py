"""toctrace: catches time-of-check/time-of-use races on system-call arguments."""

from __future__ import annotations

__version__ = "0.1.0"
