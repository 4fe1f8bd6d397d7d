"""A run held against a baseline: what it accepts no longer fails, what is gone is named."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import msgspec

from detector.baseline.document import Baseline, Entry
from detector.model.finding import Severity
from detector.model.judgement import Kind
from detector.model.observation import Observation


class Tolerated(msgspec.Struct, frozen=True, kw_only=True):
    """Findings of one fingerprint that the baseline accepts."""

    rule: str
    kind: Kind
    severity: Severity
    count: int


def stale(baseline: Baseline, seen: Iterable[str]) -> tuple[Entry, ...]:
    """Give the entries of which the run found nothing, by the fingerprints that it did find."""
    found = frozenset(seen)
    return tuple(entry for entry in baseline.findings if entry.fingerprint not in found)


def without(observation: Observation, tolerated: Iterable[Tolerated]) -> Observation:
    """Take accepted findings out of the counts that fail a run; they are counted as suppressed."""
    kinds, severities = Counter(observation.findings), Counter(observation.severities)
    suppressed = Counter(observation.suppressed)
    for known in tolerated:
        kinds[known.kind] -= known.count
        severities[known.severity] -= known.count
        suppressed[f"{known.rule}/baseline"] += known.count
    return msgspec.structs.replace(
        observation,
        findings=dict(+kinds),
        severities=dict(+severities),
        suppressed=dict(suppressed),
    )


def stale_notes(entries: Iterable[Entry], observation: Observation) -> tuple[str, ...]:
    """Name the stale entries, and say that a run that missed something proves nothing of them."""
    told = tuple(
        f"stale in the baseline: {entry.fingerprint} ({entry.rule}, {entry.program}): not found "
        "in this run"
        for entry in entries
    )
    if told and not observation.whole:
        return (*told, "this run did not see everything: stale entries may still be needed")
    return told
