"""Alerts: what goes out to sinks, which is one finding or a fold of repeated ones."""

from __future__ import annotations

import msgspec

from detector.model.finding import Finding


class Alert(msgspec.Struct, frozen=True, kw_only=True):
    """One message about findings of one rule, one process and one window.

    The first finding of a fold goes out at once; those that repeat it within the rule's interval
    go out together, as one alert that counts them.
    """

    id: str
    """Unique over all runs and hosts: delivery is at least once, and this tells repeats."""
    finding: Finding
    """The first of the findings that this alert stands for."""
    count: int
    """Findings that this alert stands for; each finding is counted by exactly one alert."""
    first_unix_ns: int
    """Wall time of the first of them, ns since 1970."""
    last_unix_ns: int
    """Wall time of the last of them, ns since 1970."""
    repeat: bool = False
    """Whether an earlier alert of the same fold went out before."""
    interval_s: float = 0.0
    """The fold's interval in seconds; 0: nothing is folded."""
    test: bool = False
    """Whether it was made to prove the way to the sinks, and no call was raced."""
