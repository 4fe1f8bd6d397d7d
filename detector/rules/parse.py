"""One rule's text made into a rule, with every problem of the text in one go."""

from __future__ import annotations

import re
from collections.abc import Callable
from enum import StrEnum
from typing import Any, TypeVar

import yaml

from detector.model.finding import Confidence, Severity
from detector.rules.condition import Condition, ConditionError, parse_condition
from detector.rules.document import Document, Problem
from detector.rules.enforceable import obstacles
from detector.rules.exception import RuleException
from detector.rules.exception_parse import parse_exceptions
from detector.rules.match import Match
from detector.rules.match_parse import parse_match
from detector.rules.nearest import nearest
from detector.rules.rule import Rule, Status
from detector.rules.scalar_place import place_in
from detector.rules.tags import tag_problem
from detector.rules.template import Template, parse_template
from detector.rules.values_parse import parse_number

_Word = TypeVar("_Word", bound=StrEnum)

_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")

_SPELLINGS = {
    "emergency": Severity.EMERG,
    "panic": Severity.EMERG,
    "critical": Severity.CRIT,
    "error": Severity.ERR,
    "warn": Severity.WARNING,
    "informational": Severity.INFO,
    "information": Severity.INFO,
}
"""What Falco and old syslogs call the severities that have other names here."""

_LONGEST_INTERVAL = 86_400
"""Seconds; a day without a word about what goes on would be no alerting."""

_REQUIRED = ("rule", "id", "desc", "priority", "status", "match", "output")


def parse_rule(text: str, stem: str) -> Rule | tuple[Problem, ...]:
    """Read the rule in the file `stem`.yaml; what is wrong with it, if anything is."""
    document = Document()
    root = document.compose(text)
    if root is not None:
        nodes = document.mapping(root, _KEYS, "a rule")
        for key in _REQUIRED:
            if key not in nodes:
                document.complain(root.start_mark, f"`{key}` is missing")
        read: dict[str, Any] = {
            _ATTRIBUTE.get(key, key): _KEYS[key](document, node) for key, node in nodes.items()
        }
        if read.get("id") and read["id"] != stem:
            problem = f"the id must be the file's name, `{stem}`: rename the one or the other"
            document.complain(nodes["id"].start_mark, problem)
        if not document.problems:
            rule = Rule(**read)
            for obstacle in obstacles(rule) if rule.enforce else ():
                mark = _place_of(nodes, obstacle.key, obstacle.name)
                document.complain(mark, f"enforce: {obstacle.text}")
            if not document.problems:
                return rule
    return tuple(sorted(document.problems))


def _place_of(nodes: dict[str, yaml.Node], key: str, name: str) -> yaml.Mark:
    """Find the field `name` below a rule's key; the key's value where it does not stand there."""
    node = nodes[key]
    for below, _ in node.value if isinstance(node, yaml.MappingNode) else ():
        if below.value == name:
            mark: yaml.Mark = below.start_mark
            return mark
    return node.start_mark


def _identifier(document: Document, node: yaml.Node) -> str | None:
    found = document.text(node, "id")
    if found and not _ID.fullmatch(found):
        document.complain(node.start_mark, "an id is lower-case words joined by hyphens")
    return found


def _title(document: Document, node: yaml.Node) -> str | None:
    found = document.text(node, "rule")
    if found and _CONTROL.search(found):
        document.complain(node.start_mark, "the title must be one line of plain text")
    return found


def _desc(document: Document, node: yaml.Node) -> str | None:
    return document.text(node, "desc")


def _word(document: Document, node: yaml.Node, words: type[_Word], what: str) -> _Word | None:
    found = document.text(node, what)
    if found is None:
        return None
    if found in set(words):
        return words(found)
    problem = f"`{found}` is no {what}; {nearest(found, [word.value for word in words])}"
    document.complain(node.start_mark, problem)
    return None


def _priority(document: Document, node: yaml.Node) -> Severity | None:
    right = None
    if isinstance(node, yaml.ScalarNode):
        right = _SPELLINGS.get(str(node.value).lower())
    if right is None:
        return _word(document, node, Severity, "priority")
    document.complain(node.start_mark, f"`{node.value}` is written `{right}` here, as in syslog")
    return None


def _status(document: Document, node: yaml.Node) -> Status | None:
    return _word(document, node, Status, "status")


def _confidence(document: Document, node: yaml.Node) -> Confidence | None:
    return _word(document, node, Confidence, "confidence")


def _output(document: Document, node: yaml.Node) -> Template | None:
    found = document.text(node, "output")
    if found is None:
        return None
    if _CONTROL.search(found):
        document.complain(node.start_mark, "an output is one line: fold it with `>-`")
    try:
        return parse_template(found)
    except ValueError as error:
        document.complain(node.start_mark, str(error))
        return None


def _tags(document: Document, node: yaml.Node) -> tuple[str, ...]:
    if not isinstance(node, yaml.SequenceNode):
        return document.texts(node, "tags")
    found = [(item, document.text(item, "an item of tags")) for item in node.value]
    for item, tag in found:
        problem = tag_problem(tag) if tag is not None else None
        if problem:
            document.complain(item.start_mark, problem)
    return tuple(tag for _, tag in found if tag is not None)


def _references(document: Document, node: yaml.Node) -> tuple[str, ...]:
    return document.texts(node, "references")


def _falsepositives(document: Document, node: yaml.Node) -> tuple[str, ...]:
    return document.texts(node, "falsepositives")


def _enabled(document: Document, node: yaml.Node) -> bool | None:
    return document.flag(node, "enabled")


def _enforce(document: Document, node: yaml.Node) -> bool | None:
    return document.flag(node, "enforce")


def _interval(document: Document, node: yaml.Node) -> int | None:
    seconds = parse_number(document, node, "interval")
    if seconds is not None and not 0 <= seconds <= _LONGEST_INTERVAL:
        problem = f"interval is from 0 (each finding goes out) to {_LONGEST_INTERVAL} seconds"
        document.complain(node.start_mark, problem)
    return seconds


def _response(document: Document, node: yaml.Node) -> str | None:
    return document.text(node, "response")


def _exceptions(document: Document, node: yaml.Node) -> tuple[RuleException, ...]:
    return parse_exceptions(document, node)


def _condition(document: Document, node: yaml.Node) -> Condition | None:
    found = document.text(node, "condition")
    if found is None or not isinstance(node, yaml.ScalarNode):
        return None
    try:
        return parse_condition(node.value)
    except ConditionError as error:
        document.complain(place_in(node, error.line, error.column), str(error))
        return None


def _match(document: Document, node: yaml.Node) -> Match:
    return parse_match(document, node)


_KEYS: dict[str, Callable[[Document, yaml.Node], object]] = {
    "rule": _title,
    "id": _identifier,
    "desc": _desc,
    "priority": _priority,
    "confidence": _confidence,
    "status": _status,
    "enabled": _enabled,
    "enforce": _enforce,
    "match": _match,
    "condition": _condition,
    "exceptions": _exceptions,
    "interval": _interval,
    "output": _output,
    "response": _response,
    "tags": _tags,
    "references": _references,
    "falsepositives": _falsepositives,
}
"""Every key of a rule, and how it is read."""

_ATTRIBUTE = {"rule": "title"}
"""Keys whose attribute in `Rule` has another name."""
