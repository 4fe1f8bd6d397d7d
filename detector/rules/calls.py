"""Which system calls a rule is about, as far as it says so itself. Pure."""

from __future__ import annotations

from detector.rules.accept import Equal
from detector.rules.rule import Rule


def calls_of(rule: Rule) -> frozenset[str] | None:
    """Give the names that `match` asks `syscall` to be; None: any, or it is not that plain."""
    for test in rule.match.tests:
        if test.field.name == "syscall":
            names = [accept.value for accept in test.accepted if isinstance(accept, Equal)]
            if len(names) == len(test.accepted):
                return frozenset(map(str, names))
    return None


def is_watched(rule: Rule, watched: frozenset[str]) -> bool:
    """Whether one of the watched calls can make it fire."""
    calls = calls_of(rule)
    return calls is None or not calls.isdisjoint(watched)
