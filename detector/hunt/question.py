"""What a hunt asks: the rules that judge, and what a finding must be besides.

A question is texts alone, so that it can go to any process or machine and be read there again:
by the rules' own readers, in the rules' own language.
"""

from __future__ import annotations

from functools import cache

import msgspec

from detector.errors import RuleError, UsageError
from detector.model.finding import Finding
from detector.rules.document import Document
from detector.rules.match import Match, holds
from detector.rules.match_parse import parse_match
from detector.rules.parse import parse_rule
from detector.rules.rule import Rule


class Question(msgspec.Struct, frozen=True):
    """The texts of a hunt."""

    rules: tuple[tuple[str, str], ...]
    """The id and the text of every rule."""
    where: tuple[str, ...] = ()
    """Each a `match:` of the rules' language, all of which must hold."""


class Asked(msgspec.Struct, frozen=True):
    """A question that was read."""

    rules: tuple[Rule, ...]
    where: tuple[Match, ...]

    def wants(self, finding: Finding) -> bool:
        """Whether a finding is one that is asked for."""
        return all(holds(match, finding.call, finding.process) for match in self.where)


@cache
def read_question(question: Question) -> Asked:
    """Read the texts.

    Raises UsageError for a `where` that is no match, and RuleError for a rule that this machine
    cannot read (a condition, without CEL).
    """
    rules = []
    for name, text in question.rules:
        rule = parse_rule(text, name)
        if not isinstance(rule, Rule):
            raise RuleError("\n".join(f"rule {name}: {problem.text}" for problem in rule))
        rules.append(rule)
    return Asked(tuple(rules), tuple(_match(text) for text in question.where))


def _match(text: str) -> Match:
    document = Document()
    root = document.compose(text)
    match = parse_match(document, root) if root is not None else Match()
    if document.problems:
        problem = min(document.problems)
        remedy = "write it as in a rule's `match:`, such as `uid: 0` or `comm: [a, b*]`"
        raise UsageError(
            f"--where {text!r}, column {problem.column}: {problem.text}; {remedy}; "
            "`toctrace fields` lists what there is"
        )
    return match
