"""Findings for a person."""

from __future__ import annotations

import re
from collections.abc import Callable

import msgspec
import pytest
from hypothesis import given

from detector.model.enforcement import Enforced
from detector.model.finding import Finding
from detector.render.safe import WIDTH, columns
from detector.render.text import render_finding
from tests.unit.hostile import hostile_findings
from tests.unit.samples import META, findings

FINDINGS = findings()
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


@pytest.mark.parametrize("name", FINDINGS)
def test_each_finding_reads_as_its_golden_file(
    name: str, golden: Callable[[str, str], None]
) -> None:
    golden(f"finding-{name}.txt", render_finding(FINDINGS[name], META))


@pytest.mark.parametrize("name", FINDINGS)
def test_colour_changes_nothing_but_colour(name: str) -> None:
    painted = render_finding(FINDINGS[name], META, colour=True)
    assert painted != render_finding(FINDINGS[name], META)
    assert _COLOUR.sub("", painted) == render_finding(FINDINGS[name], META)


@pytest.mark.parametrize("name", FINDINGS)
def test_no_text_says_that_a_check_was_bypassed(name: str) -> None:
    assert "bypass" not in render_finding(FINDINGS[name], META)


def test_a_confidence_that_is_low_says_why() -> None:
    text = render_finding(FINDINGS["race-without-copy"], META)
    assert "confidence  low" in text
    assert "its copy cannot be observed here" in text


@pytest.mark.parametrize(
    ("enforced", "said"),
    [
        (Enforced.REFUSED, "enforced    refused with EPERM by --enforce, before any page moved"),
        (Enforced.KILLED, "the call itself may have gone"),
        (Enforced.WOULD_REFUSE, "enforced    would be refused"),
        (Enforced.LET_THROUGH, "enforced    let through"),
        (Enforced.NOT_ENFORCEABLE, "enforced    not enforceable"),
    ],
)
def test_what_enforcement_made_of_the_call_is_said(enforced: Enforced, said: str) -> None:
    finding = msgspec.structs.replace(FINDINGS["race-refused"], enforced=enforced)
    assert said in render_finding(finding, META)


def test_without_enforcement_nothing_is_said_of_it() -> None:
    assert "enforced" not in render_finding(FINDINGS["race-refused"], META)


@given(hostile_findings())
def test_hostile_names_never_reach_the_terminal(finding: Finding) -> None:
    assert_safe(render_finding(finding, META))


@given(hostile_findings())
def test_hostile_names_add_no_line_that_begins_like_a_finding(finding: Finding) -> None:
    lines = render_finding(finding, META).split("\n")
    assert [line for line in lines if line[:1] not in {"", " "}] == lines[:1]


def test_a_hostile_host_is_safe() -> None:
    meta = msgspec.structs.replace(META, host="\x1b[31m\u202eh" * 30, run="\udcff\n")
    assert_safe(render_finding(FINDINGS["race"], meta))


def assert_safe(text: str) -> None:
    """Every line is printable, and no wider than a terminal."""
    for line in text.split("\n"):
        assert line.isprintable()
        assert columns(line) <= WIDTH
