"""ECS: every field is one of the schema's, and has its type."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given

from detector.model.message import Message
from detector.render.ecs import ecs_line
from tests.unit.messages import hostile_messages, messages
from tests.unit.samples import META

MESSAGES = messages()
BY_TYPE = {
    "date": """
        @timestamp event.end event.start process.start
    """,
    "keyword": """
        ecs.version event.action event.code event.dataset event.id event.kind event.module
        event.outcome event.provider event.reason group.id host.boot.id host.hostname
        host.name host.os.kernel host.os.type log.level log.syslog.severity.name
        observer.product observer.type
        observer.vendor observer.version process.executable process.group.id process.name
        process.hash.sha256 process.parent.executable process.parent.name process.user.id
        process.working_directory container.id container.image.name container.runtime
        rule.category rule.id rule.name threat.framework user.id
    """,
    "list of keyword": """
        event.category event.type process.args tags threat.tactic.name threat.technique.id
        threat.technique.subtechnique.id
    """,
    "long": """
        event.severity log.syslog.severity.code process.args_count
        process.parent.pid process.pid process.thread.id
    """,
    "match_only_text": """
        message
    """,
    "wildcard": """
        process.command_line
    """,
}
"""The fields that are used, as the schema's generated/ecs/ecs_flat.yml types them."""

TYPES = {name: kind for kind, names in BY_TYPE.items() for name in names.split()}
FREE = {"labels", "toctrace"}
"""What holds names of our own: ECS's `labels`, and the custom field set."""


def check(value: Any, name: str = "") -> None:
    kind = TYPES.get(name)
    if kind is None:
        assert isinstance(value, dict), f"{name} is no field of ECS"
        for key, inside in value.items():
            if key not in FREE:
                check(inside, f"{name}.{key}" if name else key)
        return
    assert isinstance(value, list) is kind.startswith("list of "), name
    for one in value if isinstance(value, list) else [value]:
        assert type(one) is (int if kind.endswith("long") else str), name


@pytest.mark.parametrize("name", MESSAGES)
def test_every_field_is_one_of_the_schema(name: str) -> None:
    check(json.loads(ecs_line(MESSAGES[name], META)))


@given(hostile_messages())
def test_hostile_names_add_no_field(message: Message) -> None:
    check(json.loads(ecs_line(message, META)))


def test_an_alert_has_both_severities_and_the_technique() -> None:
    told = json.loads(ecs_line(MESSAGES["alert-race"], META))
    assert told["event"]["kind"] == "alert"
    assert told["log"]["syslog"]["severity"] == {"code": 3, "name": "err"}
    assert told["threat"]["technique"]["subtechnique"]["id"] == ["T1562.006"]
    assert told["labels"] == {"confidence": "high", "test": "false"}
