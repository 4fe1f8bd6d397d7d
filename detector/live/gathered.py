"""The findings of a run by fingerprint, for what is written at its end."""

from __future__ import annotations

import msgspec

from detector.baseline.document import Baseline
from detector.model.finding import Finding, Severity, shown_of
from detector.model.observation import Observation
from detector.render.finding_key import FindingKey, fingerprint, key_of
from detector.render.location import Location, location_of
from detector.render.meta import Meta
from detector.render.run_report import Reported, RunReport
from detector.rules.rule import Rule

LIMIT = 10_000
"""Fingerprints that are kept: whoever is watched can make up any number of programs."""


class Gathered(msgspec.Struct, kw_only=True):
    """The findings that share a fingerprint."""

    key: FindingKey
    finding: Finding
    """The first of them; the first that names a writer, where one does."""
    count: int = 1


class Gathering:
    """Findings in the order in which their fingerprints were first seen, in bounded memory."""

    def __init__(self, root: str) -> None:
        """`root`: the repository's folder; programs below it are named relative to it."""
        self.root = root
        self._by_fingerprint: dict[str, Gathered] = {}
        self.beyond = 0
        """Findings that had no room; they are in the counts and in --output."""

    def add(self, finding: Finding) -> None:
        """Take one finding."""
        key = key_of(finding, self.root)
        name = fingerprint(key)
        if name in self._by_fingerprint:
            known = self._by_fingerprint[name]
            known.count += 1
            known.finding = shown_of(known.finding, finding)
        elif len(self._by_fingerprint) < LIMIT:
            self._by_fingerprint[name] = Gathered(key=key, finding=finding)
        else:
            self.beyond += 1

    @property
    def found(self) -> dict[str, Gathered]:
        """By fingerprint."""
        return self._by_fingerprint


def reported(
    gathering: Gathering,
    observation: Observation,
    meta: Meta,
    *,
    rules: tuple[Rule, ...],
    exit_status: int,
    fail_on: Severity,
    place: Location | None,
    baseline: Baseline | None,
) -> RunReport:
    """Give what the files tell; `place`: where every finding is shown, if that was asked for."""
    accepted = {entry.fingerprint for entry in baseline.findings} if baseline else set()
    found = [
        Reported(
            finding=gathered.finding,
            count=gathered.count,
            fingerprint=name,
            location=location_of(gathered.finding, gathering.root, place),
            accepted=name in accepted,
        )
        for name, gathered in gathering.found.items()
    ]
    found.sort(key=lambda one: (one.accepted, one.finding.severity.number))
    if gathering.beyond:
        note = f"{gathering.beyond:,} findings of further programs are only in --output and counts"
        notes = (*observation.notes, note)
        observation = msgspec.structs.replace(observation, notes=notes)
    return RunReport(
        found=tuple(found),
        observation=observation,
        meta=meta,
        rules=rules,
        exit_status=exit_status,
        fail_on=fail_on,
        baseline=baseline is not None,
    )
