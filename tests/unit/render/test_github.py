"""Workflow commands, taken apart as the runner does (actions/runner, ActionCommand.cs)."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import pytest
from hypothesis import given

from detector.render.github import SHOWN, fenced, render_annotations
from detector.render.location import Location
from detector.render.run_report import RunReport
from detector.render.safe import safe
from tests.unit.messages import hostile_reports, make_report, reports
from tests.unit.samples import findings

REPORTS = reports()


def commands(text: str) -> list[tuple[str, dict[str, str], str]]:
    """Read every line as the runner does: it must be a command."""
    told = []
    for line in text.splitlines():
        assert line.startswith("::")
        head, _, data = line[2:].partition("::")
        name, _, rest = head.partition(" ")
        pairs = (pair.partition("=") for pair in rest.split(","))
        properties = {key: unescaped(value) for key, _, value in pairs}
        told.append((name, properties, unescaped(data)))
    return told


def unescaped(text: str) -> str:
    for code, mark in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        text = text.replace(code, mark)
    return text


@pytest.mark.parametrize("name", REPORTS)
def test_each_run_is_its_golden_file(name: str, golden: Callable[[str, str], None]) -> None:
    golden(f"report/github-{name}.txt", render_annotations(REPORTS[name]).rstrip("\n"))


@given(hostile_reports())
def test_hostile_names_add_no_command_and_no_property(report: RunReport) -> None:
    text = render_annotations(report)
    assert all(line.isprintable() for line in text.split("\n"))
    told = commands(text)
    assert len(told) == 1 + sum(not one.accepted for one in report.found)
    for name, properties, _ in told:
        assert name in {"error", "warning", "notice"}
        assert set(properties) in ({"title"}, {"title", "file", "line"})


def test_a_place_full_of_separators_comes_back() -> None:
    path = "a,b:c%3A=d\n::error::x"
    one = make_report(findings()["race"]).found[0]
    report = make_report(
        observation="findings", found=(msgspec.structs.replace(one, location=Location(path, 7)),)
    )
    (_, properties, _) = commands(render_annotations(report))[1]
    assert (properties["file"], properties["line"]) == (safe(path), "7")


def test_more_than_github_shows_is_counted() -> None:
    one = make_report(findings()["race"]).found[0]
    report = make_report(observation="findings", found=(one,) * 25)
    told = commands(render_annotations(report))
    assert len(told) == 1 + SHOWN
    assert "16 more findings" in told[-1][2]


@pytest.mark.parametrize(
    ("name", "level"),
    [
        ("clean", "notice"),
        ("degraded", "error"),
        ("unobserved", "error"),
        ("unobserved-allowed", "warning"),
    ],
)
def test_the_first_says_whether_everything_was_observed(name: str, level: str) -> None:
    assert commands(render_annotations(REPORTS[name]))[0][0] == level


def test_text_between_fences_is_what_the_runner_does_not_read() -> None:
    first, *_, last = fenced("::error::forged\n", "t0ken").splitlines()
    assert (first, last) == ("::stop-commands::t0ken", "::t0ken::")
