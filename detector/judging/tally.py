"""Counting what a run judged and found."""

from __future__ import annotations

from collections import Counter

from detector.model.enforcement import Enforced
from detector.model.finding import Finding, Severity
from detector.model.judgement import Cut, JudgedCall, Kind


class Tally:
    """Calls and findings so far."""

    def __init__(self) -> None:
        """Begin at nothing."""
        self.judged = 0
        self.incomplete = 0
        self.cut_by_end = 0
        self.kinds: Counter[Kind] = Counter()
        self.severities: Counter[Severity] = Counter()
        self.rules: Counter[tuple[str, str]] = Counter()
        """By rule and severity."""
        self.enforced: Counter[Enforced] = Counter()
        """Calls by what enforcement made of them."""

    def call(self, call: JudgedCall) -> None:
        """Count one judged call: seen whole or parked, or incomplete, or cut by the end."""
        if call.cut is Cut.END:
            self.cut_by_end += 1
        elif call.incomplete:
            self.incomplete += 1
        else:
            self.judged += 1
        if call.enforced is not None and not call.own:
            self.enforced[call.enforced] += 1

    def findings(self, findings: tuple[Finding, ...]) -> None:
        """Count the findings of one call."""
        undecided = {f.enforced for f in findings if f.enforced and f.call.enforced is None}
        self.enforced.update(undecided)
        for finding in findings:
            self.kinds[finding.kind] += 1
            self.severities[finding.severity] += 1
            self.rules[finding.rule, finding.severity.value] += 1

    @property
    def calls(self) -> int:
        """All calls, however they were seen."""
        return self.judged + self.incomplete + self.cut_by_end

    @property
    def found(self) -> int:
        """All findings."""
        return self.severities.total()

    def at_least(self, severity: Severity) -> bool:
        """Whether a finding was at least that severe."""
        return any(found.at_least(severity) for found in self.severities)
