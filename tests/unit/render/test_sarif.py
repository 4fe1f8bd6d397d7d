"""SARIF, against the published JSON Schema, and read by sarif-pydantic."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from sarif_pydantic import Level, Sarif

from detector.render.run_report import RunReport
from detector.render.sarif import FINGERPRINT, render_sarif
from tests.unit.messages import hostile_reports, make_report, reports
from tests.unit.samples import findings

SCHEMA = Path(__file__).parents[2] / "fixtures" / "sarif" / "sarif-2.1.0-rtm.4.json"
VALIDATOR = jsonschema.Draft7Validator(
    json.loads(SCHEMA.read_text()), format_checker=jsonschema.FormatChecker()
)
REPORTS = reports()
RELATIVE = re.compile(r"(?!/)[A-Za-z0-9._~%/:-]+")


def read(text: str) -> Any:
    """Read the one run of a file that keeps to the schema."""
    assert text.isascii()
    document = json.loads(text)
    VALIDATOR.validate(document)
    (run,) = document["runs"]
    return run


@pytest.mark.parametrize("name", REPORTS)
def test_each_run_is_its_golden_file(name: str, golden: Callable[[str, str], None]) -> None:
    text = render_sarif(REPORTS[name])
    read(text)
    golden(f"report/sarif-{name}.json", text)


@given(hostile_reports())
def test_a_hostile_run_is_a_valid_file_that_github_takes(report: RunReport) -> None:
    run = read(render_sarif(report))
    assert len(run["results"]) == len(report.found)
    for result in run["results"]:
        assert result["partialFingerprints"][FINGERPRINT]
        (location,) = result["locations"]
        uri = location["physicalLocation"]["artifactLocation"]["uri"]
        assert RELATIVE.fullmatch(uri)
        assert ":" not in uri.removeprefix("./").partition("/")[0] or uri.startswith("./")
        assert ".." not in uri.split("/")
        rule = run["tool"]["driver"]["rules"][result["ruleIndex"]]
        assert rule["id"] == result["ruleId"]
        assert result["message"]["text"].isprintable()


def test_another_library_reads_the_results() -> None:
    (run,) = Sarif.model_validate_json(render_sarif(REPORTS["findings"])).runs
    assert run.tool.driver.name == "toctrace"
    assert run.invocations is not None
    assert run.invocations[0].execution_successful
    assert run.results is not None
    told = {
        (
            result.rule_id,
            result.level,
            result.locations[0].physical_location.artifact_location.uri,
        )
        for result in run.results
    }
    assert told == {
        ("nodemask-race", Level.ERROR, "usr/local/bin/racer"),
        ("nodemask-race", Level.ERROR, "racer"),
        ("nodemask-tamper", Level.ERROR, "usr/local/bin/racer"),
        ("nodemask-late", Level.NOTE, "usr/local/bin/racer"),
    }


def test_the_same_finding_again_is_one_result_that_counts() -> None:
    race = findings()["race"]
    (result,) = read(render_sarif(make_report(race, race, race, observation="findings")))["results"]
    assert result["occurrenceCount"] == 3


@pytest.mark.parametrize(
    ("name", "successful", "level"),
    [
        ("clean", True, None),
        ("findings", True, None),
        ("degraded", False, "error"),
        ("unobserved", False, "error"),
        ("unobserved-allowed", False, "error"),
    ],
)
def test_what_was_not_looked_at_is_no_success(
    name: str,
    successful: bool,  # noqa: FBT001  (pytest passes it by name)
    level: str | None,
) -> None:
    (invocation,) = read(render_sarif(REPORTS[name]))["invocations"]
    assert invocation["executionSuccessful"] is successful
    levels = [told["level"] for told in invocation["toolExecutionNotifications"]]
    assert (level in levels) if level else (set(levels) <= {"note"})
    assert invocation["exitCode"] == REPORTS[name].exit_status
    assert "command_status" in invocation["properties"]


def test_what_the_baseline_accepts_is_unchanged_and_suppressed() -> None:
    results = read(render_sarif(REPORTS["baseline"]))["results"]
    assert [result["baselineState"] for result in results] == ["new"] * 3 + ["unchanged"]
    assert [bool(result.get("suppressions")) for result in results] == [False] * 3 + [True]


def test_a_location_that_was_given_is_where_everything_is_shown() -> None:
    (result,) = read(render_sarif(REPORTS["located"]))["results"]
    place = result["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == "ci/build%20steps.sh"
    assert place["region"]["startLine"] == 12


def test_every_rule_has_what_github_sorts_by() -> None:
    for rule in read(render_sarif(REPORTS["clean"]))["tool"]["driver"]["rules"]:
        assert "security" in rule["properties"]["tags"]
        assert 0 < float(rule["properties"]["security-severity"]) <= 10
