"""What a match asks of a field, by its type."""

from __future__ import annotations

import time

import msgspec
import pytest

from detector.model.process import Process
from detector.rules.evaluate import judge_by_rules
from detector.rules.field import Type
from detector.rules.fields import FIELDS
from tests.unit.rules.writing import make_rule
from tests.unit.samples import GONE, HELD, PROCESS, calls

CALLS = calls()


def fits(match: dict[str, object], name: str = "race", process: Process = PROCESS) -> bool:
    rule = make_rule(match=match)
    return bool(judge_by_rules(CALLS[name], process, (rule,), 0))


@pytest.mark.parametrize(
    ("match", "expected"),
    [
        ({"uid": 1000}, True),
        ({"uid": 0}, False),
        ({"uid": [0, 1000]}, True),
        ({"uid": {"min": 1000}}, True),
        ({"uid": {"min": 1001}}, False),
        ({"uid": {"max": 999}}, False),
        ({"uid": {"min": 5, "max": 1000}}, True),
        ({"uid": [7, {"min": 999, "max": 1001}]}, True),
        ({"comm": "racer"}, True),
        ({"comm": "race"}, False),
        ({"comm": "r?c*"}, True),
        ({"comm": "R*"}, False),
        ({"comm": ["x", "*[q-s]"]}, True),
        ({"executable": "/usr/local/*"}, True),
        ({"command_line": "*--nodes 1"}, True),
        ({"window": "entry->copy"}, True),
        ({"deceived": "entry"}, True),
        ({"deceived": "exit"}, False),
        ({"fault_held": False}, True),
        ({"old_nodes.copy": "1"}, True),
        ({"old_nodes.copy": "0-1"}, False),
        ({"old_nodes.entry": {"any_of": "0-3"}}, True),
        ({"old_nodes.entry": {"all_of": "2-3"}}, False),
        ({"old_nodes.entry": {"all_of": 2}}, True),
        ({"old_nodes.entry": {"none_of": "2"}}, False),
        ({"old_nodes.entry": {"any_of": "2", "none_of": "0,7"}}, True),
        ({"old_nodes.came": 1}, True),
        ({"new_nodes.came": {"none_of": "0-1023"}}, False),
        ({"old_nodes.kind": "race", "none": [{"new_nodes.kind": "race"}]}, True),
        ({"maxnode": {"min": 64, "max": 65}}, True),
        ({"parent_pid": 90}, True),
    ],
)
def test_a_field_is_asked_for_by_its_type(match: dict[str, object], *, expected: bool) -> None:
    assert fits(match) is expected


@pytest.mark.parametrize("stage", ["entry", "copy", "use", "exit"])
def test_what_is_not_known_fits_nothing_and_no_exclusion(stage: str) -> None:
    asked = {f"old_nodes.{stage}": {"none_of": "7"}}
    assert fits(asked, "withdrawn") is (stage == "entry")
    assert fits({"executable": "*"}, process=GONE) is False
    assert fits({"none": [{"executable": "*"}]}, process=GONE) is True


def test_a_lost_tail_leaves_the_nodes_known() -> None:
    call = CALLS["race"]
    look = msgspec.structs.replace(call.arguments[0].looks["entry"], beyond=None)
    looks = call.arguments[0].looks | {"entry": look}
    argument = msgspec.structs.replace(call.arguments[0], looks=looks)
    call = msgspec.structs.replace(call, arguments=(argument, *call.arguments[1:]))
    rule = make_rule(match={"old_nodes.entry": "2"})
    assert judge_by_rules(call, PROCESS, (rule,), 0)


def test_every_field_holds_values_of_its_type() -> None:
    kinds = {
        Type.WORD: str,
        Type.FLAG: bool,
        Type.NUMBER: int,
        Type.TEXT: str,
        Type.NODES: bytes,
    }
    for field in FIELDS:
        for call in CALLS.values():
            for process in (PROCESS, GONE, HELD):
                values = field.get(call, process)
                assert all(type(value) is kinds[field.type] for value in values), field.name
                assert field.many or len(values) <= 1, field.name
                if field.type is Type.WORD:
                    assert set(values) <= set(field.choices)


def test_a_glob_of_many_stars_ends_soon_on_hostile_text() -> None:
    task = msgspec.structs.replace(CALLS["race"].task, comm="a" * 5000)
    call = msgspec.structs.replace(CALLS["race"], task=task)
    rule = make_rule(match={"comm": "*a" * 40 + "b"})
    began = time.process_time()
    assert not judge_by_rules(call, PROCESS, (rule,), 0)
    assert time.process_time() - began < 5
