"""How far a run has come, in one line."""

from __future__ import annotations

from detector.live.session import Session


def progress(session: Session) -> str:
    """Say what was judged, found and lost so far, and how many stages are missing."""
    missing = sum(not state.armed for state in session.stages)
    return line(
        judged=session.calls,
        findings=session.tally.found,
        lost=sum(session.losses().values()),
        missing=missing,
    )


def line(*, judged: int, findings: int, lost: int, missing: int) -> str:
    """Write the counts as one line of ASCII."""
    told = f"watching: {judged:,} calls judged, {findings:,} findings, {lost:,} lost"
    return f"{told}, {missing} stages MISSING" if missing else told
