"""What an observation comes to, in one word and one line."""

from __future__ import annotations

from enum import StrEnum

from detector.model.observation import Observation
from detector.model.stage import Stage


class Outcome(StrEnum):
    """What a run can say about what it watched."""

    CLEAN = "clean"
    FINDINGS = "findings"
    CLEAN_AS_FAR_AS_SEEN = "clean as far as seen"
    UNOBSERVED = "could not observe"


def outcome(observation: Observation) -> Outcome:
    """Judge an observation. Findings stand even if something else was missed."""
    if any(observation.findings.values()):
        return Outcome.FINDINGS
    entered = any(state.armed and state.stage is Stage.ENTRY for state in observation.stages)
    if not entered and not observation.vanished:
        return Outcome.UNOBSERVED
    return Outcome.CLEAN if observation.whole else Outcome.CLEAN_AS_FAR_AS_SEEN


def verdict_line(observation: Observation) -> str:
    """Say the outcome in one sentence, and never that what was not seen is clean."""
    return _LINES[outcome(observation)](observation)


def counted(count: int, noun: str) -> str:
    """Write a count with its noun, in the plural where it must be."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def _clean(observation: Observation) -> str:
    calls = counted(observation.judged, "call")
    if not observation.judged:
        return "Clean: no watched call was made, and none could have been missed."
    found = f"nothing found{_silent(observation)}"
    return f"Clean: {calls} judged at every stage, nothing missed, {found}."


def _silent(observation: Observation) -> str:
    """Say what exceptions kept silent: it was found, and somebody did not want to hear of it."""
    count = sum(observation.suppressed.values())
    return f" but {counted(count, 'finding')} of rules' exceptions" if count else ""


def _findings(observation: Observation) -> str:
    total = counted(sum(observation.findings.values()), "finding")
    severities = ", ".join(f"{n:,} {word}" for word, n in observation.severities.items() if n)
    missed = "" if observation.whole else " More may have been missed: see above."
    return f"Findings: {total} ({severities}).{missed}"


def _as_far_as_seen(observation: Observation) -> str:
    gaps = []
    if observation.missing:
        gaps.append(f"{counted(len(observation.missing), 'stage')} missing")
    if observation.lost:
        gaps.append("records lost")
    if observation.incomplete:
        gaps.append(f"{counted(observation.incomplete, 'call')} incomplete")
    return f"Clean as far as seen: nothing found{_silent(observation)}, but {', '.join(gaps)}."


def _unobserved(_: Observation) -> str:
    return "Could not observe: nothing was watched, so this says nothing about what happened."


_LINES = {
    Outcome.CLEAN: _clean,
    Outcome.FINDINGS: _findings,
    Outcome.CLEAN_AS_FAR_AS_SEEN: _as_far_as_seen,
    Outcome.UNOBSERVED: _unobserved,
}
