"""The named fields."""

from __future__ import annotations

import msgspec
import pytest

from detector.model.process import Process
from detector.rules.field import Field, text_of
from detector.rules.fields import BY_FIELD, FIELDS, target_pid
from tests.unit.samples import GONE, HELD, PROCESS, calls

CALLS = calls()


@pytest.mark.parametrize("field", FIELDS, ids=lambda field: field.name)
@pytest.mark.parametrize("process", [PROCESS, GONE])
@pytest.mark.parametrize("name", CALLS)
def test_every_field_can_be_written_of_every_call(
    field: Field, process: Process, name: str
) -> None:
    assert text_of(field, CALLS[name], process)
    assert field.meaning


def test_a_field_holds_only_what_a_match_may_ask_for() -> None:
    for field in FIELDS:
        if field.choices:
            for call in CALLS.values():
                assert set(field.get(call, HELD)) <= set(field.choices)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("window", "entry->copy"),
        ("came", "1"),
        ("went", "2"),
        ("arguments", "old_nodes"),
        ("backing", "anonymous"),
        ("fault_held", "false"),
        ("error", "none"),
        ("pid", "100"),
    ],
)
def test_a_field_is_written_plainly(name: str, text: str) -> None:
    assert text_of(BY_FIELD[name], CALLS["race"], PROCESS) == text


def test_a_pid_is_a_signed_int_whatever_the_register_holds() -> None:
    call = CALLS["race"]
    for register, pid in ((0, 0), (0xFFFF_FFFF, -1), (0xDEAD_0000_0005, 5)):
        args = (register, *call.args[1:])
        assert target_pid(msgspec.structs.replace(call, args=args)) == pid
    assert target_pid(msgspec.structs.replace(call, args=())) is None
