"""What the kernel can check of a rule, and what is refused."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.errors import RuleError
from detector.model.judgement import Kind
from detector.rules import enforceable
from detector.rules.enforceable import LARGEST, MOST_CLAUSES, Callers, Named, Span, named_by
from detector.rules.exception import excepted
from detector.rules.match import holds
from detector.rules.parse import parse_rule
from detector.rules.rule import Rule
from detector.syscalls.migrate_pages import MIGRATE_PAGES
from tests.unit.builders import make_task
from tests.unit.rules.writing import make_rule, problems, rule_text
from tests.unit.samples import PROCESS, calls

RACED = {"kind": ["race", "restore"]}
RACE = calls()["race"]


def enforcing(match: dict[str, Any] | None = None, **keys: object) -> Rule:
    return make_rule(enforce=True, match=RACED | (match or {}), **keys)


def refused(match: dict[str, Any] | None = None, **keys: object) -> list[str]:
    return problems(enforce=True, match=RACED | (match or {}), **keys)


def test_a_rule_enforces_nothing_unless_it_says_so() -> None:
    assert not make_rule(match=RACED).enforce
    assert named_by((make_rule(match=RACED), enforcing(enabled=False))) == ()


def test_a_rule_of_raced_calls_names_every_caller() -> None:
    assert named_by((enforcing(),)) == (Named(rule="t", callers=(Callers(),)),)


def test_numbers_and_ranges_of_the_caller_are_combined() -> None:
    rule = enforcing({"uid": [0, {"min": 1000}], "cgroup": [7, 9]})
    (named,) = named_by((rule,))
    assert set(named.callers) == {
        Callers(uid=uid, cgroup=cgroup)
        for uid in (Span(0, 0), Span(1000, LARGEST))
        for cgroup in (Span(7, 7), Span(9, 9))
    }


def test_a_number_that_no_caller_has_names_nobody() -> None:
    (named,) = named_by((enforcing({"uid": -5, "gid": {"min": -3, "max": 4}}),))
    assert named.callers == ()


def test_blind_calls_are_named_only_by_who_says_so() -> None:
    assert not named_by((enforcing(),))[0].blind
    assert named_by((enforcing({"kind": ["race", "restore", "blind"]}),))[0].blind


@pytest.mark.parametrize(
    ("match", "said"),
    [
        ({"kind": "race"}, "whether its tracks will be covered: write `kind: [race, restore]`"),
        ({"kind": ["race", "restore", "late"]}, "a call becomes late after the place"),
        ({"comm": "x"}, "cannot check `comm`: ask for `uid`, `gid`, `cgroup`"),
        ({"old_nodes.copy": "0"}, "cannot check `old_nodes.copy`"),
        ({"none": [{"uid": 0}]}, "checks no `none`: write it as `exceptions`"),
        ({"any": [{"uid": 0}, {"gid": 0}]}, "checks no `any`: write a rule for each"),
        ({"uid": list(range(MOST_CLAUSES + 1))}, "makes 65 combinations"),
    ],
)
def test_what_the_kernel_cannot_check_is_refused_with_a_remedy(
    match: dict[str, Any], said: str
) -> None:
    (problem,) = refused(match)
    assert problem.startswith("enforce: ")
    assert said in problem


def test_a_rule_of_every_kind_is_refused() -> None:
    (problem,) = problems(enforce=True, match={"uid": 0})
    assert "a call becomes tamper or late" in problem


def test_conditions_are_refused() -> None:
    assert "evaluates no condition" in refused(condition="uid == 0")[0]


def test_an_exception_that_the_kernel_cannot_check_is_refused() -> None:
    exceptions = [
        {"name": "ok", "fields": ["uid", "gid"], "values": [[1, 2]]},
        {"name": "by-name", "fields": "executable", "values": ["/bin/x"]},
    ]
    (problem,) = refused(exceptions=exceptions)
    assert "`executable`" in problem
    assert "`by-name`" in problem


def test_combinations_that_would_fill_memory_are_counted_and_never_made() -> None:
    many = {name: list(range(2000)) for name in enforceable.CHECKED}
    assert "8,000,000,000 combinations" in refused(many)[0]


def test_a_call_without_a_hook_is_refused_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    hookless = msgspec.structs.replace(MIGRATE_PAGES, hook="")
    monkeypatch.setattr(enforceable, "BY_NAME", {"migrate_pages": hookless})
    assert "migrate_pages has no hook" in refused({"syscall": "migrate_pages"})[0]


def test_the_problem_stands_where_the_field_does() -> None:
    text = rule_text(enforce=True, match=RACED) + "  comm: x\n"
    text = text.replace("match:\n", "match:\n  comm: x\n").removesuffix("  comm: x\n")
    found = parse_rule(text, "t")
    assert not isinstance(found, Rule)
    line = text.splitlines().index("  comm: x") + 1
    assert [(problem.line, problem.column) for problem in found] == [(line, 3)]


def test_rules_that_are_too_many_together_are_named() -> None:
    rule = enforcing({"uid": list(range(MOST_CLAUSES))})
    assert len(named_by((rule,))[0].callers) == MOST_CLAUSES
    with pytest.raises(RuleError, match="t, u make 65 clauses together"):
        named_by((rule, msgspec.structs.replace(enforcing(), id="u")))


ids = st.sampled_from([0, 1, 2, 1000, 2**32 - 1])
asked = st.one_of(
    ids,
    st.tuples(ids, ids).map(lambda ends: {"min": min(ends), "max": max(ends)}),
    ids.map(lambda least: {"min": least}),
)


@given(
    match=st.dictionaries(st.sampled_from(enforceable.CHECKED), st.lists(asked, min_size=1)),
    fields=st.lists(st.sampled_from(enforceable.CHECKED), min_size=1, max_size=2, unique=True),
    values=st.lists(st.tuples(ids, ids), min_size=1, max_size=3),
    caller=st.tuples(ids, ids, ids),
)
def test_the_clauses_name_exactly_the_calls_that_the_rule_matches(
    match: dict[str, Any],
    fields: list[str],
    values: list[tuple[int, int]],
    caller: tuple[int, int, int],
) -> None:
    match = {field: wanted[:3] for field, wanted in match.items()}
    rows = [list(row[: len(fields)]) for row in values]
    rule = enforcing(match, exceptions=[{"name": "x", "fields": fields, "values": rows}])
    uid, gid, cgroup = caller
    call = msgspec.structs.replace(RACE, task=make_task(uid=uid, gid=gid, cgroup=cgroup))
    assert call.kind is Kind.RACE
    (named,) = named_by((rule,))
    told = any(map(fits(caller), named.callers)) and not any(map(fits(caller), named.excepted))
    known = holds(rule.match, call, PROCESS)
    assert told == (known and excepted(rule.exceptions, call, PROCESS) is None)


def fits(caller: tuple[int, int, int]) -> Any:
    def fit(callers: Callers) -> bool:
        spans = (callers.uid, callers.gid, callers.cgroup)
        return all(s.least <= n <= s.most for s, n in zip(spans, caller, strict=True))

    return fit
