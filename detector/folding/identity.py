"""What an alert is known by, and which findings repeat each other."""

from __future__ import annotations

import hashlib

from detector.model.finding import Finding
from detector.model.stage import Stage

_DIGITS = 32
"""Hexadecimal digits of an id: 128 bits, which do not collide by chance."""

Key = tuple[str, int, tuple[Stage, Stage] | None]
"""The rule, the process (tgid), and between which stages the argument changed."""


def fold_key(finding: Finding) -> Key:
    """Give what findings have in common that repeat each other."""
    call = finding.call
    windows = (a.window for a in call.arguments if a.kind is finding.kind)
    return finding.rule, call.task.tgid, next(windows, None)


def process_start(finding: Finding) -> int | None:
    """Give when the process began, ns since boot; None where only the thread's start is known.

    A thread's own start says nothing: a process could start one for each race.
    """
    task = finding.call.task
    return task.start_ns if task.tid == task.tgid else None


def alert_id(finding: Finding, run: str) -> str:
    """Give the id of the one alert whose first finding this is: unique over all runs and hosts."""
    named = f"alert\0{run}\0{finding.call.number}\0{finding.rule}"
    return hashlib.sha256(named.encode(errors="backslashreplace")).hexdigest()[:_DIGITS]
