"""The JSON of `rules list` and of `fields`."""

from __future__ import annotations

import json
from typing import Literal

import msgspec

from detector.model.finding import Confidence, Severity
from detector.render.jsonl import plain
from detector.rules.field import Type
from detector.rules.fields import FIELDS
from detector.rules.load import RuleSet
from detector.rules.rule import Status


class ListedRule(msgspec.Struct, frozen=True, kw_only=True):
    """One rule and where it comes from."""

    id: str
    title: str
    severity: Severity
    confidence: Confidence
    status: Status
    enabled: bool
    enforce: bool
    """Whether `--enforce` may stop the calls that it names."""
    interval_s: int
    tags: tuple[str, ...]
    exceptions: tuple[str, ...]
    file: str
    overrides: tuple[str, ...]
    """Files with a rule of the same id that do not count, the nearest first."""


class RulesDocument(msgspec.Struct, frozen=True, kw_only=True, tag="rules", tag_field="type"):
    """Every rule."""

    schema: Literal[1] = 1
    rules: tuple[ListedRule, ...]


class ListedField(msgspec.Struct, frozen=True, kw_only=True):
    """One field."""

    name: str
    type: Type
    many: bool
    meaning: str
    choices: tuple[str, ...]


class FieldsDocument(msgspec.Struct, frozen=True, kw_only=True, tag="fields", tag_field="type"):
    """Every field."""

    schema: Literal[1] = 1
    fields: tuple[ListedField, ...]


def rules_json(found: RuleSet) -> str:
    """Write every rule: indented JSON in ASCII, without a line break at the end."""
    return _json(RulesDocument(rules=listed(found)))


def fields_json() -> str:
    """Write every field: indented JSON in ASCII, without a line break at the end."""
    fields = tuple(
        ListedField(name=f.name, type=f.type, many=f.many, meaning=f.meaning, choices=f.choices)
        for f in FIELDS
    )
    return _json(FieldsDocument(fields=fields))


def listed(found: RuleSet) -> tuple[ListedRule, ...]:
    """Give every rule of a set with the files that it comes from."""
    return tuple(
        ListedRule(
            id=rule.id,
            title=rule.title,
            severity=rule.priority,
            confidence=rule.confidence,
            status=rule.status,
            enabled=rule.enabled,
            enforce=rule.enforce,
            interval_s=rule.interval,
            tags=rule.tags,
            exceptions=tuple(exception.name for exception in rule.exceptions),
            file=str(found.files[rule.id][-1]),
            overrides=tuple(str(path) for path in reversed(found.files[rule.id][:-1])),
        )
        for rule in found.rules
    )


def _json(document: msgspec.Struct) -> str:
    return json.dumps(plain(document), indent=2, allow_nan=False)
