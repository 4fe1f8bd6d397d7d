from __future__ import annotations

import msgspec

from detector.rules.calls import calls_of, is_watched
from detector.rules.match import Match
from tests.unit.samples import RULES

BY_ID = {rule.id: rule for rule in RULES}


def test_a_rule_names_its_calls() -> None:
    assert calls_of(BY_ID["nodemask-race"]) == {"migrate_pages", "mbind", "set_mempolicy"}
    assert calls_of(BY_ID["array-race"]) == {"move_pages"}


def test_a_rule_is_watched_where_one_of_its_calls_is() -> None:
    assert is_watched(BY_ID["argument-race"], frozenset({"openat", "mbind"}))
    assert not is_watched(BY_ID["argument-race"], frozenset({"mbind"}))


def test_a_rule_that_names_none_is_about_any() -> None:
    rule = msgspec.structs.replace(BY_ID["array-race"], match=Match())
    assert calls_of(rule) is None
    assert is_watched(rule, frozenset())
