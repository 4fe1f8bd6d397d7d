from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.model.finding import Severity
from detector.model.message import Message
from detector.render.headline import headline
from detector.render.utf8 import cut
from tests.unit.alerts import hostile_messages, make_alert, make_heartbeat
from tests.unit.samples import META, findings, make_observation


@given(hostile_messages())
def test_nothing_in_it_moves_a_terminal(message: Message) -> None:
    head = headline(message, META)
    assert head.text.isprintable()
    assert all(value.isprintable() for value in head.fields.values())
    assert next(iter(head.fields)) == "id"


@pytest.mark.parametrize("kind", findings())
def test_what_each_stage_saw_is_a_field(kind: str) -> None:
    finding = findings()[kind]
    fields = headline(make_alert(finding), META).fields
    for argument in finding.call.arguments:
        for stage in argument.looks:
            assert f"{argument.name}_{stage}" in fields


def test_silence_after_a_loss_is_more_than_information() -> None:
    assert headline(make_heartbeat(), META).severity is Severity.INFO
    assert headline(make_heartbeat(ring=1), META).severity is Severity.NOTICE
    assert headline(make_observation(), META).severity is Severity.NOTICE
    assert headline(make_observation(lost={"ring": 1}), META).severity is Severity.WARNING


@given(st.text(st.characters(exclude_categories=["Cs"])), st.integers(0, 60))
def test_a_text_is_never_cut_within_a_character(text: str, room: int) -> None:
    data = cut(text, room)
    assert len(data) <= room
    told = data.decode()
    assert told == text or not told or (told.endswith("...") and text.startswith(told[:-3]))
