"""Exceptions: structured, certain, and counted."""

from __future__ import annotations

import pytest

from detector.model.process import Process
from detector.rules.evaluate import Ruling, rule_on
from tests.unit.rules.writing import make_rule, problems
from tests.unit.samples import GONE, PROCESS, calls

CALLS = calls()


def ruling(exception: dict[str, object], name: str = "race", process: Process = PROCESS) -> Ruling:
    rule = make_rule(exceptions=[{"name": "known", **exception}])
    return rule_on(CALLS[name], process, (rule,), 0)


def excepted(exception: dict[str, object], name: str = "race", process: Process = PROCESS) -> bool:
    told = ruling(exception, name, process)
    assert len(told.findings) + len(told.suppressed) == 1
    return bool(told.suppressed)


def test_what_an_exception_keeps_silent_is_named_after_rule_and_exception() -> None:
    told = ruling({"fields": ["comm"], "values": [["racer"]]})
    assert told == Ruling(suppressed=("t/known",))


@pytest.mark.parametrize(
    ("exception", "expected"),
    [
        ({"fields": ["comm", "uid"], "values": [["other", 1000], ["racer", 1000]]}, True),
        ({"fields": ["comm", "uid"], "values": [["racer", 0], ["other", 1000]]}, False),
        ({"fields": ["comm"], "values": [["rac*"]]}, False),
        ({"fields": ["comm"], "comps": ["glob"], "values": [["rac*"]]}, True),
        ({"fields": "comm", "values": ["x", "racer"]}, True),
        ({"fields": "comm", "comps": "in", "values": [["x", "racer"]]}, True),
        ({"fields": ["comm", "uid"], "comps": ["in", "<="], "values": [[["racer"], 1000]]}, True),
        ({"fields": ["uid"], "comps": ["<"], "values": [[1000]]}, False),
        ({"fields": ["uid"], "comps": [">"], "values": [[999]]}, True),
        ({"fields": ["uid"], "comps": [">="], "values": [[1001]]}, False),
        ({"fields": ["executable"], "comps": ["startswith"], "values": [["/usr/"]]}, True),
        ({"fields": ["executable"], "comps": ["endswith"], "values": [["/racer"]]}, True),
        ({"fields": ["executable"], "comps": ["contains"], "values": [["local"]]}, True),
        ({"fields": ["executable"], "comps": ["contains"], "values": [["."]]}, False),
        ({"fields": ["old_nodes.copy"], "values": [["1"]]}, True),
        ({"fields": ["old_nodes.copy"], "comps": ["none_of"], "values": [["1"]]}, False),
    ],
)
def test_an_entry_fits_if_each_of_its_fields_does(
    exception: dict[str, object], *, expected: bool
) -> None:
    assert excepted(exception) is expected


def test_a_field_that_is_not_known_is_no_exception() -> None:
    by_path = {"fields": ["executable"], "comps": ["glob"], "values": [["*"]]}
    assert excepted(by_path)
    assert not excepted(by_path, process=GONE)


def test_every_value_of_a_field_must_fit() -> None:
    one = {"fields": ["arguments"], "values": [["old_nodes"]]}
    assert excepted(one)
    assert not excepted(one, "race-both")


def test_an_exception_of_a_rule_that_does_not_match_suppresses_nothing() -> None:
    rule = make_rule(
        match={"kind": "late"}, exceptions=[{"name": "a", "fields": ["uid"], "values": [[1000]]}]
    )
    assert rule_on(CALLS["race"], PROCESS, (rule,), 0) == Ruling()


@pytest.mark.parametrize(
    ("exception", "problem"),
    [
        ({"fields": ["com"], "values": [["x"]]}, "`com` is no field; did you mean `comm`?"),
        ({"fields": ["comm"], "values": []}, "values must be a list of at least one entry"),
        ({"fields": [], "values": [[]]}, "fields must name at least one"),
        ({"fields": ["comm"]}, "`values` of an exception is missing"),
        ({"fields": ["comm"], "values": ["x"]}, "an entry is a list with a value for each of 1"),
        ({"fields": ["comm"], "values": [["x", "y"]]}, "an entry is a list with a value"),
        ({"fields": ["comm"], "comps": ["<"], "values": [["x"]]}, "`<` does not compare comm"),
        (
            {"fields": ["comm"], "comps": ["starts_with"], "values": [["x"]]},
            "`starts_with` does not compare comm, a text; did you mean `startswith`?",
        ),
        ({"fields": ["comm"], "comps": ["=", "="], "values": [["x"]]}, "comps has 2 of them for 1"),
        ({"fields": ["comm"], "comps": ["in"], "values": [["x"]]}, "`in` wants a list"),
        ({"fields": ["uid"], "values": [["x"]]}, "uid must be a whole number"),
        ({"fields": ["kind"], "values": [["rice"]]}, "`rice` is no kind"),
        ({"field": ["kind"], "values": [["race"]]}, "`field` is not a key of an exception"),
    ],
)
def test_a_broken_exception_says_what_is_wrong(exception: dict[str, object], problem: str) -> None:
    found = problems(exceptions=[{"name": "known", **exception}])
    assert any(text.startswith(problem) for text in found), found


def test_two_exceptions_of_one_name_could_not_be_told_apart() -> None:
    two = [{"name": "known", "fields": ["uid"], "values": [[0]]} for _ in range(2)]
    assert problems(exceptions=two) == ["`known` stands here a second time"]
