"""How far a run has come, in one line."""

from __future__ import annotations

from collections.abc import Callable

from detector.live.session import Session
from detector.model.observation import SinkState
from detector.render.status_line import Standing


def progress(session: Session) -> str:
    """Say what was judged, found and lost so far, and how many stages are missing."""
    missing = sum(not state.armed for state in session.stages)
    return line(
        judged=session.calls,
        findings=session.tally.found,
        lost=sum(session.losses().values()),
        missing=missing,
    )


def standing(session: Session, sinks: Callable[[], tuple[SinkState, ...]], at_s: float) -> Standing:
    """Give where a run stands, `at_s` seconds after watching began."""
    return Standing(
        at_s=at_s,
        calls=session.calls,
        findings=session.tally.found,
        lost=sum(session.losses().values()),
        missing=sum(not state.armed for state in session.stages),
        sinks=sinks(),
    )


def line(*, judged: int, findings: int, lost: int, missing: int) -> str:
    """Write the counts as one line of ASCII."""
    told = f"watching: {judged:,} calls judged, {findings:,} findings, {lost:,} lost"
    return f"{told}, {missing} stages MISSING" if missing else told
