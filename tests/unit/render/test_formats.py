"""What goes to sinks: golden files for each format, and hostile names in every one."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given

from detector.model.message import Message
from detector.render.formats import FORMATS
from detector.render.meta import Meta
from tests.unit.messages import hostile_messages, hostile_metas, messages
from tests.unit.samples import META

SCHEMAS = Path(__file__).parents[3] / "docs" / "schema"
MESSAGES = messages()


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("name", MESSAGES)
def test_each_message_is_its_golden_file(
    name: str, form: str, golden: Callable[[str, str], None]
) -> None:
    suffix = "txt" if form == "cef" else "json"
    golden(f"sink/{form}-{name}.{suffix}", FORMATS[form](MESSAGES[name], META))


@pytest.mark.parametrize("form", FORMATS)
@given(hostile_messages(), hostile_metas())
def test_a_hostile_message_is_one_printable_line(form: str, message: Message, meta: Meta) -> None:
    line = FORMATS[form](message, meta)
    assert line.isprintable()
    assert line.encode()
    if form != "cef":
        assert line.isascii()
        # no half of a surrogate pair is left: every reader can write it out again
        assert json.dumps(json.loads(line), ensure_ascii=False).encode()


@given(hostile_messages(), hostile_metas())
def test_a_hostile_message_keeps_to_the_published_schema(message: Message, meta: Meta) -> None:
    document = json.loads(FORMATS["json"](message, meta))
    schema = json.loads((SCHEMAS / f"{document['type']}.json").read_text())
    jsonschema.Draft202012Validator(schema).validate(document)


@pytest.mark.parametrize("form", FORMATS)
def test_a_test_alert_never_looks_like_a_real_one(form: str) -> None:
    real = FORMATS[form](MESSAGES["alert-race"], META)
    assert FORMATS[form](MESSAGES["alert-test"], META) != real


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("name", MESSAGES)
def test_the_task_in_the_kernel_stays_inside(name: str, form: str) -> None:
    line = FORMATS[form](MESSAGES[name], META)
    assert "ffff888000001000" not in line
    assert str(0xFFFF888000001000) not in line
