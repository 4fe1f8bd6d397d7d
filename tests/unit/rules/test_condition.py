"""Conditions in CEL: what holds, what is refused, and where the mistake is."""

from __future__ import annotations

import sys
import time

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.model.judgement import JudgedCall
from detector.model.process import Process
from detector.rules.condition import (
    MOST_CHARACTERS,
    Condition,
    ConditionError,
    holds,
    parse_condition,
)
from detector.rules.evaluate import rule_on
from detector.rules.parse import parse_rule
from detector.rules.rule import Rule
from tests.unit.hostile import NASTY
from tests.unit.rules.writing import make_rule
from tests.unit.samples import GONE, PROCESS, calls

CALLS = calls()
RACE = CALLS["race"]


def told(source: str, call: JudgedCall = RACE, process: Process = PROCESS) -> bool | str:
    return holds(parse_condition(source), call, process)


def compiled(source: str) -> Condition | ConditionError:
    try:
        return parse_condition(source)
    except ConditionError as error:
        return error


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("uid == 1000", True),
        ("uid > 1000 || gid != 1000", False),
        ('comm.startsWith("rac") && executable.endsWith("/racer")', True),
        ("size(old_nodes.copy) == 1 && 1 in old_nodes.copy", True),
        ("old_nodes.entry.exists(n, n > 1)", True),
        ("old_nodes.entry == old_nodes.copy", False),
        ('"entry" in deceived && !fault_held', True),
        ('kinds == ["race"]', True),
        ("new_nodes.kind == null", True),
        ('comm.matches("^(r+)+[a-z]*$")', True),
    ],
)
def test_a_condition_is_told_of_the_fields(source: str, *, expected: bool) -> None:
    assert told(source) is expected


@pytest.mark.parametrize(
    ("source", "column", "problem"),
    [
        ("uid ==", 7, "not CEL: "),
        ("uid == 0 &&& true", 12, "not CEL: "),
        ("true && uidd == 0", 9, "`uidd` is no field; did you mean `uid`?"),
        ("comm.startswith('x')", 6, "`startswith` is no function here; did you mean `startsWith`?"),
        ("timestamp('x') == null", 1, "`timestamp` is no function here"),
        ("old_nodes.copyy == []", 11, "`copyy` is no field of old_nodes; did you mean `copy`?"),
        ("uid", 1, "it must be true or false, not int"),
        ("uid > 'a'", 1, "it cannot be evaluated: "),
        (
            "kinds.exists(k, came.exists(c, true))",
            21,
            "a condition may have one of `all`, `exists`",
        ),
        ("true || " * 200 + "true", 1, f"a condition has at most {MOST_CHARACTERS} characters"),
        ("((" * 300 + "))" * 200, 1, "not CEL: "),
    ],
)
def test_a_mistake_is_named_with_its_column(source: str, column: int, problem: str) -> None:
    with pytest.raises(ConditionError) as caught:
        parse_condition(source)
    assert str(caught.value).startswith(problem)
    if column > 1:
        assert (caught.value.line, caught.value.column) == (1, column)


@pytest.mark.parametrize(
    ("written", "line", "column"),
    [
        ("condition: uid == zero", 8, 19),
        ('condition: "uid == zero"', 8, 20),
        ("condition: 'uid == zero'", 8, 20),
        ("condition: |\n  true &&\n    uid == zero", 10, 12),
        ("condition: >-\n  true &&\n  uid == zero", 10, 10),
        ("condition: >-\n  true &&\n\n  'it' != comm && uid == zero", 11, 26),
        ("condition: true &&\n  uid == zero", 9, 10),
        ('condition: "true &&\nuid == zero"', 9, 8),
        ('condition: "\\"a\\" == comm && uid == zero"', 8, 37),
    ],
)
def test_a_mistake_has_its_place_in_the_file(written: str, line: int, column: int) -> None:
    text = (
        "rule: T\nid: t\ndesc: D\npriority: info\nstatus: test\nmatch: {kind: race}\n"
        f"output: x\n{written}\n"
    )
    found = parse_rule(text, "t")
    assert not isinstance(found, Rule)
    (problem,) = found
    assert problem.text.startswith("`zero` is no field")
    assert (problem.line, problem.column) == (line, column)


def test_what_cannot_be_told_counts_as_if_it_held_and_says_why() -> None:
    rule = make_rule(condition='executable.startsWith("/opt")')
    assert rule_on(RACE, PROCESS, (rule,), 0).findings == ()
    unknown = rule_on(RACE, GONE, (rule,), 0)
    assert [finding.rule for finding in unknown.findings] == ["t"]
    assert set(unknown.doubts) == {"t"}


@pytest.mark.parametrize("name", NASTY)
def test_hostile_text_is_only_text(name: str) -> None:
    task = msgspec.structs.replace(RACE.task, comm=name)
    call = msgspec.structs.replace(RACE, task=task)
    assert told('comm != "x" && size(comm) >= 0', call) is True


def test_the_longest_comprehension_ends_soon() -> None:
    condition = parse_condition("old_nodes.copy.all(n, " + "n >= 0 && " * 90 + "true)")
    began = time.process_time()
    assert holds(condition, CALLS["race-many-nodes"], PROCESS) is True
    assert time.process_time() - began < 2


def test_without_the_package_a_condition_is_a_problem_that_names_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "cel", None)
    with pytest.raises(ConditionError, match=r"^a condition needs .*'toctrace\[cel\]'"):
        parse_condition("true")


_PIECES = st.sampled_from(
    [
        *("uid", "comm", "old_nodes", ".copy", "(", ")", "[", "]", "==", "&&", "||", "!", "?", ":"),
        *("0", "1u", '"x"', "'", "\\", ".all(", "x,", "size(", "in", "-", "+", "null", " ", "\n"),
        *("{", "}", ".matches(", "1e9", "b'x'", "has(", "\udcff", "汉"),
    ]
)


@given(st.lists(_PIECES, max_size=14).map("".join) | st.text(max_size=20))
def test_any_text_is_a_condition_or_a_mistake_with_a_place(source: str) -> None:
    found = compiled(source)
    if isinstance(found, ConditionError):
        assert found.line >= 1 <= found.column
    else:
        assert isinstance(holds(found, RACE, GONE), bool | str)
