"""A run's findings held against the baseline that was given, and the one that is to be written."""

from __future__ import annotations

from pathlib import Path

import msgspec

from detector.baseline.compare import Tolerated, stale, stale_notes, without
from detector.baseline.document import Baseline, read_baseline, write_baseline
from detector.errors import UsageError
from detector.live.gathered import Gathering
from detector.model.observation import Observation
from detector.output.whole_file import write_whole
from detector.render.verdict import Outcome, counted, outcome


def opened_baseline(path: Path | None) -> Baseline | None:
    """Read the baseline file; None where none was asked for. Raises UsageError."""
    if path is None:
        return None
    try:
        return read_baseline(path.read_bytes(), str(path))
    except OSError as error:
        remedy = "make one with --write-baseline FILE"
        raise UsageError(f"{path}: {error.strerror}: {remedy}") from error


def held_against(observation: Observation, gathering: Gathering, baseline: Baseline) -> Observation:
    """Take what the baseline accepts out of the counts, and name what it has in vain."""
    accepted = {entry.fingerprint for entry in baseline.findings}
    tolerated = [
        Tolerated(
            rule=gathered.finding.rule,
            kind=gathered.finding.kind,
            severity=gathered.finding.severity,
            count=gathered.count,
        )
        for name, gathered in gathering.found.items()
        if name in accepted
    ]
    notes = list(observation.notes)
    if tolerated:
        total = sum(known.count for known in tolerated)
        notes.append(f"the baseline accepts {counted(total, 'finding')} of this run")
    if outcome(observation) is not Outcome.UNOBSERVED:
        notes += stale_notes(stale(baseline, gathering.found), observation)
    less = without(observation, tolerated)
    return msgspec.structs.replace(less, notes=tuple(notes))


def save_baseline(
    path: Path, observation: Observation, gathering: Gathering, before: Baseline | None
) -> str | None:
    """Write the baseline of this run; give why not, or None.

    A run that watched nothing would write that nothing is accepted, so it writes nothing.
    """
    if outcome(observation) is Outcome.UNOBSERVED:
        return f"{path}: not written: nothing was observed"
    keys = [gathered.key for gathered in gathering.found.values()]
    return write_whole(path, write_baseline(keys, before or Baseline()))
