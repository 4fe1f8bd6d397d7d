from __future__ import annotations

import json
import re

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.model.finding import Severity
from detector.model.message import Message
from detector.render.dropped import ROOM
from detector.render.headline import headline
from detector.render.rfc5424 import printable, render, with_dropped
from tests.unit.alerts import SENDER, hostile_messages, make_alert
from tests.unit.samples import META, findings

HEADER = re.compile(
    rb"<(\d{1,3})>1 (\S+) ([\x21-\x7e]{1,255}) ([\x21-\x7e]{1,48}) ([\x21-\x7e]{1,128})"
    rb" ([\x21-\x7e]{1,32}) "
)
PARAMETER = re.compile(rb' ([^\s="\]]{1,32})="((?:[^"\\\]]|\\["\\\]])*)"')
BOM = b"\xef\xbb\xbf"


class Parsed(msgspec.Struct):
    """A message as section 6 of the RFC has it."""

    pri: int
    time: str
    host: str
    procid: str
    msgid: str
    fields: dict[str, str]
    msg: bytes


def parse(data: bytes) -> Parsed:
    """Parse strictly; whatever is not as the grammar says fails."""
    header = HEADER.match(data)
    assert header is not None
    rest = data[header.end() :]
    start = re.match(rb'\[[^\s="\]]{1,32}', rest)
    assert start is not None
    rest, fields = rest[start.end() :], {}
    while found := PARAMETER.match(rest):
        value = re.sub(rb'\\(["\\\]])', rb"\1", found[2])
        fields[found[1].decode()] = value.decode()
        rest = rest[found.end() :]
    assert rest.startswith(b"] "), rest
    return Parsed(
        pri=int(header[1]),
        time=header[2].decode(),
        host=header[3].decode(),
        procid=header[5].decode(),
        msgid=header[6].decode(),
        fields=fields,
        msg=rest[2:],
    )


@given(hostile_messages(), st.integers(480, 9000), st.sampled_from([None, "json", "ocsf", "ecs"]))
def test_every_message_follows_the_grammar_within_its_size(
    message: Message, most: int, body: str | None
) -> None:
    sender = msgspec.structs.replace(SENDER, max_bytes=most)
    data = render(message, META, sender, body)
    assert len(with_dropped(data, 10**9)) <= most
    parsed, head = parse(data), headline(message, META)
    assert parsed.pri == 80 + head.severity.number
    told = dict(parsed.fields)
    cut = told.pop("cut", None)
    assert told.items() <= head.fields.items()
    assert told["id"] == head.fields["id"]
    text = parsed.msg.removeprefix(BOM).decode()
    assert parsed.msg.isascii() or parsed.msg.startswith(BOM)
    if body is not None and cut is None:
        json.loads(text)
    else:
        assert cut == body
        assert text == head.text or text.endswith("...") or not text
        assert text.isprintable()


@given(hostile_messages(), st.integers(1, 10**9))
def test_a_loss_is_one_more_field_and_changes_nothing_else(message: Message, count: int) -> None:
    data = render(message, META, SENDER)
    before, after = parse(data), parse(with_dropped(data, count))
    assert after.fields.pop("dropped_before") == str(count)
    assert after == before
    assert len(with_dropped(data, count)) <= len(data) + ROOM


def test_where_everything_fits_every_field_is_there() -> None:
    alert = make_alert()
    parsed, head = parse(render(alert, META, SENDER)), headline(alert, META)
    assert parsed.fields == head.fields
    assert parsed.msg.decode() == head.text
    assert (parsed.host, parsed.procid, parsed.msgid) == (META.host, "4711", "nodemask-race")
    assert parsed.time == "2023-11-14T22:13:20.123456Z"


@pytest.mark.parametrize("severity", Severity)
def test_the_severity_is_syslogs(severity: Severity) -> None:
    finding = msgspec.structs.replace(findings()["race"], severity=severity)
    data = render(make_alert(finding), META, msgspec.structs.replace(SENDER, facility="local7"))
    assert parse(data).pri == 23 * 8 + severity.number


def test_the_enterprise_number_names_the_structured_data() -> None:
    sender = msgspec.structs.replace(SENDER, enterprise=54321)
    assert b" [toctrace@54321 id=" in render(make_alert(), META, sender)


def test_a_test_is_marked_in_text_and_fields() -> None:
    parsed = parse(render(make_alert(test=True), META, SENDER))
    assert parsed.msg.startswith(b"TEST: ")
    assert parsed.fields["test"] == "true"


def test_a_host_without_a_fit_name_has_none() -> None:
    assert printable("", 255) == "-"
    assert printable("a b\n\u20ac", 255) == "a_b__"
