"""What a report is made of: recordings as they were judged."""

from __future__ import annotations

from collections import Counter

import msgspec

from detector.model.finding import Finding, Severity
from detector.model.observation import Observation
from detector.render.meta import Meta

SHOWN = 100
"""Findings of one recording that are shown in full, the most severe first; all are counted."""


class Shown(msgspec.Struct, frozen=True):
    """A finding and where it is from."""

    finding: Finding
    meta: Meta


class OfRule(msgspec.Struct):
    """All findings of one rule in one recording."""

    title: str
    severity: Severity
    count: int
    first_unix_ns: int
    last_unix_ns: int


class JudgedRecording(msgspec.Struct, frozen=True, kw_only=True):
    """One recording, judged."""

    meta: Meta
    observation: Observation
    findings: tuple[Finding, ...]
    """At most SHOWN, the most severe first, then in order of time."""
    by_rule: dict[str, OfRule]
    moments: tuple[tuple[int, Severity], ...]
    """When each finding was, wall time in ns, and how severe it was."""


class JudgedCase(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that a report shows."""

    title: str
    recordings: tuple[JudgedRecording, ...]
    unread: tuple[str, ...]
    """Recordings of which nothing could be read, with the reason."""
    version: str
    """Of the tool that judged."""
    made_unix_ns: int

    @property
    def severities(self) -> Counter[Severity]:
        """How many findings there are of each severity."""
        return Counter(severity for one in self.recordings for _, severity in one.moments)


class Gathering:
    """Takes the findings of one recording as they come, and keeps what a report shows of them."""

    def __init__(self) -> None:
        """Begin with none."""
        self._worst: list[Finding] = []
        self._by_rule: dict[str, OfRule] = {}
        self._moments: list[tuple[int, Severity]] = []

    def add(self, finding: Finding) -> None:
        """Take one finding."""
        when = finding.time_unix_ns
        self._moments.append((when, finding.severity))
        known = self._by_rule.get(finding.rule)
        if known is None:
            of_rule = OfRule(finding.title, finding.severity, 1, when, when)
            self._by_rule[finding.rule] = of_rule
        else:
            known.count += 1
            known.first_unix_ns = min(known.first_unix_ns, when)
            known.last_unix_ns = max(known.last_unix_ns, when)
        self._worst.append(finding)
        if len(self._worst) > 2 * SHOWN:
            self._worst = self._shown()

    def judged(self, meta: Meta, observation: Observation) -> JudgedRecording:
        """Give the recording with all that was taken."""
        return JudgedRecording(
            meta=meta,
            observation=observation,
            findings=tuple(self._shown()),
            by_rule=dict(sorted(self._by_rule.items(), key=lambda item: item[1].severity.number)),
            moments=tuple(self._moments),
        )

    def _shown(self) -> list[Finding]:
        order = sorted(self._worst, key=lambda one: (one.severity.number, one.time_unix_ns))
        return order[:SHOWN]
