"""What a hunt's exit status says. Pure."""

from __future__ import annotations

from detector.exits import Exit
from detector.hunt.answer import Summary
from detector.hunt.outcome import State
from detector.model.finding import Severity

_JUDGED = (State.WHOLE, State.INCOMPLETE, State.UNOBSERVED, State.BROKEN)
_ACCEPTABLE = (State.INCOMPLETE, State.UNOBSERVED, State.BROKEN)
"""What `--allow-degraded` accepts: of what cannot be read at all nothing is known."""


def verdict(summary: Summary, fail_on: Severity, *, allow_degraded: bool) -> Exit:
    """Judge a hunt: findings first, then what could not be seen, then what cannot be read."""
    if any(Severity(word).at_least(fail_on) for word in summary.severities):
        return Exit.FOUND
    judged = {state for state in _JUDGED if summary.states.get(state)}
    if judged == {State.UNOBSERVED}:
        return Exit.UNOBSERVED
    if summary.states.get(State.UNREADABLE):
        return Exit.DEGRADED
    if judged.intersection(_ACCEPTABLE) and not allow_degraded:
        return Exit.DEGRADED
    return Exit.CLEAN
