"""JUnit XML, read by junitparser."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from junitparser import Error, Failure, JUnitXml, Skipped, TestCase, TestSuite

from detector.render.junit import render_junit
from detector.render.run_report import RunReport
from tests.unit.messages import hostile_reports, reports
from tests.unit.samples import RULES

REPORTS = reports()


def read(text: str) -> TestSuite:
    (suite,) = JUnitXml.fromstring(text.encode())
    return suite


def cases(text: str) -> dict[str, TestCase]:
    return {f"{case.classname}/{case.name}": case for case in read(text)}


def outcomes(text: str) -> dict[str, list[type]]:
    return {name: [type(told) for told in case.result] for name, case in cases(text).items()}


@pytest.mark.parametrize("name", REPORTS)
def test_each_run_is_its_golden_file(name: str, golden: Callable[[str, str], None]) -> None:
    text = render_junit(REPORTS[name])
    golden(f"report/junit-{name}.xml", text.rstrip("\n"))


@given(hostile_reports())
def test_a_hostile_run_is_well_formed_and_counts_right(report: RunReport) -> None:
    text = render_junit(report)
    told = read(text)
    before = (told.tests, told.failures, told.errors, told.skipped)
    told.update_statistics()
    assert before == (told.tests, told.failures, told.errors, told.skipped)
    failing = [one for one in report.found if report.fails(one)]
    failed = [failure for case in told for failure in case.result if type(failure) is Failure]
    assert len([failure for failure in failed if failure.type != "command"]) == len(failing)


def test_findings_at_the_threshold_fail_and_the_rest_only_speak() -> None:
    told = outcomes(render_junit(REPORTS["findings"]))
    by_rule = {name.split("/")[0]: results for name, results in told.items()}
    assert by_rule["toctrace.nodemask-tamper"] == [Failure]
    assert by_rule["toctrace.nodemask-late"] == []
    assert by_rule["toctrace.nodemask-blind"] == []


def test_where_nothing_was_watched_nothing_passes() -> None:
    told = outcomes(render_junit(REPORTS["unobserved"]))
    assert told["toctrace/everything was observed"] == [Error]
    rules = [results for name, results in told.items() if name.startswith("toctrace.")]
    assert len(rules) == len([rule for rule in RULES if rule.enabled])
    assert all(results == [Skipped] for results in rules)
    assert all(told.values())


def test_where_that_is_allowed_it_is_skipped_and_still_does_not_pass() -> None:
    told = outcomes(render_junit(REPORTS["unobserved-allowed"]))
    assert told["toctrace/everything was observed"] == [Skipped]
    assert told["toctrace.nodemask-race/Nodemask changed before the kernel copied it"] == [Skipped]


def test_what_was_missed_is_an_error_that_says_what() -> None:
    case = cases(render_junit(REPORTS["degraded"]))["toctrace/everything was observed"]
    (error,) = case.result
    assert isinstance(error, Error)
    assert "get_nodes" in error.text
    assert "17 ring buffer full" in error.text


def test_both_statuses_are_properties() -> None:
    told = {prop.name: prop.value for prop in read(render_junit(REPORTS["findings"])).properties()}
    assert (told["exit_status"], told["tool_status"], told["command_status"]) == ("10", "10", "137")
