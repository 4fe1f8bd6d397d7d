from __future__ import annotations

import pytest

from detector.errors import RuleError, UsageError
from detector.hunt.question import Question, read_question
from tests.unit.hunt.hunted import question
from tests.unit.samples import RULES, findings

RACE = findings()["race"]


@pytest.mark.parametrize(
    ("where", "wanted"),
    [
        ((), True),
        (("uid: 1000",), True),
        (("uid: {max: 999}",), False),
        (("{comm: [a, rac*], kind: race}",), True),
        (("none: [{executable: /usr/*}]",), False),
        (("uid: 1000", "comm: other"), False),
    ],
)
def test_where_is_a_rules_match_and_all_of_them_must_hold(
    where: tuple[str, ...], *, wanted: bool
) -> None:
    assert read_question(question(*where)).wants(RACE) is wanted


def test_the_rules_are_those_whose_texts_are_given() -> None:
    assert read_question(question()).rules == RULES


@pytest.mark.parametrize(
    ("where", "told"),
    [
        ("nonsense: 1", "`nonsense` is not a key of match"),
        ("uid", "write it as in a rule's `match:`"),
        ("", "where ''"),
        ("{}", "an empty match would match every call"),
        ("uid: {max: x}", "column 12"),
    ],
)
def test_a_where_that_is_no_match_is_refused_with_its_place(where: str, told: str) -> None:
    with pytest.raises(UsageError, match="--where") as refused:
        read_question(question(where))
    assert told in str(refused.value)


def test_a_rule_that_cannot_be_read_here_is_said() -> None:
    with pytest.raises(RuleError, match="rule odd: "):
        read_question(Question((("odd", "id: odd"),)))
