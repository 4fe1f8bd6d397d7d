"""Writing small rules for tests."""

from __future__ import annotations

import yaml

from detector.rules.parse import parse_rule
from detector.rules.rule import Rule

BASE = {
    "rule": "T",
    "id": "t",
    "desc": "D",
    "priority": "info",
    "status": "test",
    "match": {"syscall": "migrate_pages"},
    "output": "{what}",
}


def rule_text(**keys: object) -> str:
    """Write a rule with these keys changed."""
    return yaml.safe_dump(BASE | keys)


def make_rule(**keys: object) -> Rule:
    """Make a rule with these keys changed."""
    rule = parse_rule(rule_text(**keys), "t")
    assert isinstance(rule, Rule), rule
    return rule


def problems(**keys: object) -> list[str]:
    """Give what is wrong with a rule with these keys changed."""
    found = parse_rule(rule_text(**keys), "t")
    assert not isinstance(found, Rule)
    return [problem.text for problem in found]
