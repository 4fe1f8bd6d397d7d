"""What the files of a CI job tell of one run: the input of SARIF, JUnit, annotations, Markdown."""

from __future__ import annotations

import msgspec

from detector.exits import Exit
from detector.model.finding import Finding, Severity
from detector.model.observation import Observation
from detector.render.location import Location
from detector.render.meta import Meta
from detector.render.verdict import Outcome, outcome
from detector.rules.rule import Rule


class Reported(msgspec.Struct, frozen=True, kw_only=True):
    """Every finding of one run that has one fingerprint."""

    finding: Finding
    """The first of them."""
    count: int
    fingerprint: str
    location: Location
    accepted: bool = False
    """Whether the baseline has it."""


class RunReport(msgspec.Struct, frozen=True, kw_only=True):
    """One run."""

    found: tuple[Reported, ...]
    """The most severe first, and what the baseline accepts last."""
    observation: Observation
    meta: Meta
    rules: tuple[Rule, ...]
    """Those that were applied."""
    exit_status: int
    """What `run` exits with."""
    fail_on: Severity
    baseline: bool = False
    """Whether there was a baseline to hold the findings against."""

    @property
    def unobserved(self) -> bool:
        """Whether nothing was watched."""
        return outcome(self.observation) is Outcome.UNOBSERVED

    @property
    def tolerated(self) -> bool:
        """Whether the caller accepts what could not be seen."""
        return self.observation.tool_status not in {Exit.UNOBSERVED, Exit.DEGRADED}

    def fails(self, reported: Reported) -> bool:
        """Whether a finding fails the job."""
        return not reported.accepted and reported.finding.severity.at_least(self.fail_on)


def unseen(observation: Observation) -> tuple[str, ...]:
    """Say, a sentence each, what could not be seen; empty where everything was."""
    by_reason: dict[str, list[str]] = {}
    for state in observation.missing:
        abi = "" if state.abi == "any" else f" ({state.abi})"
        name = f"{state.syscall} {state.stage}{abi}"
        by_reason.setdefault(state.reason or "no reason known", []).append(name)
    said = [f"Not observed: {', '.join(names)}: {reason}" for reason, names in by_reason.items()]
    said += [f"Lost: {count:,} {cause}" for cause, count in observation.lost.items()]
    if observation.incomplete:
        said.append(f"Calls of which a part was lost: {observation.incomplete:,}")
    return tuple(said)


def further_notes(observation: Observation) -> tuple[str, ...]:
    """Give the notes that say more than why a stage is missing."""
    said = {state.reason for state in observation.missing}
    return tuple(note for note in observation.notes if note not in said)
