"""Recordings that older versions of the tool made stay readable, and say what they said then.

Each folder of tests/fixtures/recordings is a case of that version of the format, taken of a run
in a virtual machine (tests/kernel/test_record.py); the paths of that machine were replaced.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import msgspec
import pytest

from detector.model.finding import Finding
from detector.recording.case import find_recordings
from detector.recording.chain import Chain
from detector.recording.reading import DECODERS
from detector.recording.replay import replay
from detector.recording.verify import verify
from tests.unit.samples import RULES

FIXTURES = Path(__file__).parents[2] / "fixtures" / "recordings"


def test_every_version_that_can_be_read_has_a_recording() -> None:
    assert {int(folder.name) for folder in FIXTURES.iterdir()} == set(DECODERS)


@pytest.mark.parametrize("version", sorted(DECODERS))
def test_an_old_recording_gives_what_was_said_when_it_was_made(version: int) -> None:
    (path,) = find_recordings([FIXTURES / str(version)])
    assert verify(path).whole
    chain = Chain(path)
    for _ in chain.blocks():
        pass
    assert chain.closing is not None
    said = chain.closing.observation
    findings: list[Finding] = []
    replayed = replay(path, RULES, lambda finding, _: findings.append(finding))
    assert replayed.observation is not None
    # what is accepted, and what is folded into alerts, is not the recording's to say
    plain = msgspec.structs.replace(said, tool_status=0, folded={})
    assert replayed.observation == plain
    assert Counter(finding.kind for finding in findings) == said.findings
    assert all(finding.process.executable for finding in findings)
