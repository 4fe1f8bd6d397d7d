"""A rule held against the recordings it carries."""

from __future__ import annotations

from pathlib import Path

import msgspec

from detector.correlate.correlator import correlate
from detector.model.process import Process
from detector.rules.evaluate import judge_by_rules
from detector.rules.recordings import Outcome, RecordingError, RuleRecording, read_recording
from detector.rules.rule import Rule

FOLDER = "recordings"
_SUFFIX = ".jsonl"


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """What came of one recording."""

    rule: str
    path: Path
    problem: str = ""
    """Empty: the rule did what it must."""


class Proven(msgspec.Struct, frozen=True, kw_only=True):
    """A rule and what came of its recordings."""

    rule: str
    proofs: tuple[Proof, ...]
    lacking: tuple[Outcome, ...]
    """Outcomes that no recording asks for."""

    @property
    def failed(self) -> bool:
        """Whether a recording was not made of what it must be."""
        return any(proof.problem for proof in self.proofs)


def prove(rule: Rule, folder: Path) -> Proven:
    """Hold a rule against its recordings in `folder`/recordings/<id>, whether enabled or not."""
    rule = msgspec.structs.replace(rule, enabled=True)
    proofs, outcomes = [], set()
    for path in sorted((folder / FOLDER / rule.id).glob(f"*{_SUFFIX}")):
        begins = path.name.partition("-")[0]
        if begins not in set(Outcome):
            problem = f"its name must begin with {' or '.join(f'`{o}-`' for o in Outcome)}"
        else:
            outcomes.add(Outcome(begins))
            problem = _problem(rule, path, Outcome(begins))
        proofs.append(Proof(rule=rule.id, path=path, problem=problem))
    return Proven(
        rule=rule.id,
        proofs=tuple(proofs),
        lacking=tuple(outcome for outcome in Outcome if outcome not in outcomes),
    )


def findings_in(rule: Rule, recording: RuleRecording) -> int:
    """Count what a rule finds in a recording."""
    calls = correlate(recording.items, armed=frozenset(recording.head.armed))
    return sum(
        len(judge_by_rules(call, recording.processes.get(call.number, Process()), (rule,), 0))
        for call in calls
    )


def _problem(rule: Rule, path: Path, outcome: Outcome) -> str:
    try:
        with path.open("rb") as lines:
            recording = read_recording(lines)
    except (OSError, RecordingError) as error:
        return str(error)
    expected = recording.head.expected
    if (outcome is Outcome.FIRES) is not (expected > 0):
        return f"named `{outcome}-`, and yet it expects {expected} findings: rename it"
    found = findings_in(rule, recording)
    return "" if found == expected else f"found {found} instead of {expected}"
