"""The baseline file."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.baseline.document import Baseline, read_baseline, write_baseline
from detector.errors import UsageError
from detector.render.finding_key import fingerprint, key_of
from tests.unit.hostile import hostile_findings
from tests.unit.samples import findings

KEYS = {key_of(finding, "/work") for finding in findings().values()}


def test_what_is_written_is_read_back() -> None:
    text = write_baseline(KEYS, Baseline())
    read = read_baseline(text.encode(), "baseline.json")
    assert {entry.key for entry in read.findings} == KEYS
    assert {entry.fingerprint for entry in read.findings} == {fingerprint(key) for key in KEYS}


def test_the_order_of_findings_makes_no_difference() -> None:
    ordered = sorted(KEYS, key=fingerprint)
    assert write_baseline(ordered, Baseline()) == write_baseline(ordered[::-1], Baseline())


def test_reasons_that_somebody_wrote_are_kept() -> None:
    told = json.loads(write_baseline(KEYS, Baseline()))
    told["findings"][0]["reason"] = "upstream bug 17"
    before = read_baseline(json.dumps(told).encode(), "baseline.json")
    assert json.loads(write_baseline(KEYS, before)) == told


@given(st.lists(hostile_findings(), max_size=4))
def test_hostile_programs_are_read_back(found: list) -> None:  # type: ignore[type-arg]
    keys = {key_of(finding, "/work") for finding in found}
    text = write_baseline(keys, Baseline())
    assert text.isascii()
    assert {entry.key for entry in read_baseline(text.encode(), "b").findings} == keys


def broken(**changes: object) -> bytes:
    told = json.loads(write_baseline(KEYS, Baseline()))
    told["findings"][3] |= changes
    return json.dumps(told).encode()


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "not a baseline"),
        (b"\xff", "not a baseline"),
        (b"[]", "not a baseline"),
        (b'{"type":"finding"}', "not a baseline"),
        (b'{"type":"baseline","schema":2}', "schema"),
        (b'{"type":"baseline","accept":"*"}', "accept"),
        (broken(kind="bypass"), "$.findings[3].kind"),
        (broken(program="usr/bin/harmless"), "findings[3]"),
        (broken(fingerprint="0" * 32), "is not its fingerprint"),
    ],
)
def test_what_is_no_baseline_is_refused_with_its_place(data: bytes, said: str) -> None:
    with pytest.raises(UsageError) as raised:
        read_baseline(data, "ci/baseline.json")
    assert "ci/baseline.json" in str(raised.value)
    assert said in str(raised.value)


def test_an_entry_that_stands_twice_is_refused() -> None:
    told = json.loads(write_baseline(KEYS, Baseline()))
    told["findings"].append(told["findings"][0])
    with pytest.raises(UsageError, match="twice"):
        read_baseline(json.dumps(told).encode(), "b")
