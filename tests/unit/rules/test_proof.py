"""Rules held against their recordings, and the recordings' own format."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.model.snapshot import Loss
from detector.model.stage import LADDER
from detector.resources import rules_dir
from detector.rules.load import shipped_rules
from detector.rules.proof import findings_in, prove
from detector.rules.recordings import (
    Head,
    Outcome,
    RecordingError,
    RuleRecording,
    read_recording,
    write_recording,
)
from detector.rules.rule import Rule
from tests.unit.builders import Mask, content, ladder
from tests.unit.rules.writing import make_rule
from tests.unit.samples import PROCESS

RULES = shipped_rules()
SNAPSHOTS = ladder(masks={"old_nodes": Mask(content(2), copy=content(1), exit=content(1))})
RECORDING = RuleRecording(
    head=Head(scenario="made up", kernel="6.12", armed=LADDER, expected=1),
    items=(*SNAPSHOTS, Loss("ring buffer full", 2)),
    processes={1: PROCESS},
)


def put(folder: Path, name: str, *, expected: int, text: bytes | None = None) -> None:
    beside = folder / "recordings" / "t"
    beside.mkdir(parents=True, exist_ok=True)
    head = msgspec.structs.replace(RECORDING.head, expected=expected)
    whole = write_recording(msgspec.structs.replace(RECORDING, head=head))
    (beside / name).write_bytes(whole if text is None else text)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_shipped_rule_does_what_its_recordings_ask(rule: Rule) -> None:
    proven = prove(rule, rules_dir())
    assert proven.lacking == ()
    assert [proof for proof in proven.proofs if proof.problem] == []


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_no_other_shipped_rule_fires_on_what_a_rule_must_fire_on(rule: Rule) -> None:
    for path in (rules_dir() / "recordings" / rule.id).glob("fires-*.jsonl"):
        recording = read_recording(path.read_bytes().splitlines())
        fired = [other.id for other in RULES if findings_in(other, recording)]
        assert fired == [rule.id]


def test_a_recording_comes_back_as_it_was_written() -> None:
    assert read_recording(write_recording(RECORDING).splitlines()) == RECORDING


@given(st.integers(0, 4000), st.binary(max_size=5))
def test_a_broken_recording_is_an_error_that_names_the_line(at: int, new: bytes) -> None:
    whole = write_recording(RECORDING)
    broken = whole[:at] + new + whole[at + 3 :]
    try:
        read = read_recording(broken.splitlines())
    except RecordingError as error:
        assert str(error).startswith("line ")  # noqa: PT017  (most mutations are broken, not all)
    else:
        assert read.items


@pytest.mark.parametrize("lines", [[], [b""], write_recording(RECORDING).splitlines()[1:]])
def test_a_recording_without_its_head_is_none(lines: list[bytes]) -> None:
    with pytest.raises(RecordingError):
        read_recording(lines)


def test_a_rule_without_recordings_is_not_proven(tmp_path: Path) -> None:
    proven = prove(make_rule(), tmp_path)
    assert (proven.failed, proven.lacking) == (False, (Outcome.FIRES, Outcome.SILENT))


def test_a_rule_that_does_not_fire_or_is_not_silent_fails(tmp_path: Path) -> None:
    put(tmp_path, "fires-race.jsonl", expected=1)
    put(tmp_path, "silent-race.jsonl", expected=0)
    fires, silent = prove(make_rule(match={"kind": "race"}), tmp_path).proofs
    assert (fires.problem, silent.problem) == ("", "found 1 instead of 0")
    fires, silent = prove(make_rule(match={"kind": "late"}), tmp_path).proofs
    assert (fires.problem, silent.problem) == ("found 0 instead of 1", "")


def test_a_disabled_rule_is_held_against_its_recordings_all_the_same(tmp_path: Path) -> None:
    put(tmp_path, "fires-race.jsonl", expected=1)
    assert not prove(make_rule(match={"kind": "race"}, enabled=False), tmp_path).failed


@pytest.mark.parametrize(
    ("name", "expected", "text", "problem"),
    [
        ("other.jsonl", 1, None, "its name must begin with"),
        ("fires-x.jsonl", 0, None, "named `fires-`, and yet it expects 0"),
        ("silent-x.jsonl", 2, None, "named `silent-`, and yet it expects 2"),
        ("fires-x.jsonl", 1, b"{}\n", "line 1: "),
    ],
)
def test_a_recording_that_cannot_be_used_fails(
    tmp_path: Path, name: str, expected: int, text: bytes | None, problem: str
) -> None:
    put(tmp_path, name, expected=expected, text=text)
    (proof,) = prove(make_rule(), tmp_path).proofs
    assert proof.problem.startswith(problem)
