"""RFC 3164 and the local form with `@cee:`."""

from __future__ import annotations

import json
import re
from datetime import timedelta, timezone

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from detector.model.message import Message
from detector.render import cee, rfc3164
from detector.render.headline import headline
from tests.unit.alerts import SENDER, hostile_messages, make_alert
from tests.unit.samples import META

LOCAL = re.compile(
    rb"<\d{1,3}>[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d toctrace\[4711\]: @cee: (\{.*\})"
)
REMOTE = re.compile(
    rb"<\d{1,3}>[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d [\x21-\x7e]+ toctrace\[4711\]: (.*)"
)


@given(hostile_messages(), st.integers(480, 9000), st.sampled_from([None, "ocsf", "tracee"]))
def test_the_local_form_is_one_line_of_json_within_its_size(
    message: Message, most: int, body: str | None
) -> None:
    sender = msgspec.structs.replace(SENDER, max_bytes=most)
    data = cee.render(message, META, sender, body)
    told = cee.with_dropped(data, 10**9)
    assert len(told) <= most
    assert data.isascii()
    assert data.decode().isprintable()
    whole, found = LOCAL.fullmatch(data), LOCAL.fullmatch(told)
    assert whole is not None
    assert found is not None
    document = json.loads(found[1])
    assert document.pop("dropped_before") == 10**9
    assert document == json.loads(whole[1])
    if document.get("cut"):
        assert document["cut"] == (body or "json")
        assert document["id"] == headline(message, META).fields["id"]


@given(hostile_messages(), st.integers(480, 9000), st.sampled_from([None, "json", "cef"]))
def test_the_older_form_is_one_line_within_its_size(
    message: Message, most: int, body: str | None
) -> None:
    sender = msgspec.structs.replace(SENDER, max_bytes=most)
    data = rfc3164.render(message, META, sender, body)
    assert len(rfc3164.with_dropped(data, 10**9)) <= most
    found = REMOTE.fullmatch(data)
    assert found is not None
    assert found[1].decode().isprintable()


def test_the_time_is_the_zones() -> None:
    east = msgspec.structs.replace(SENDER, zone=timezone(timedelta(hours=9)))
    assert rfc3164.render(make_alert(), META, SENDER).startswith(b"<83>Nov 14 22:13:20 build-17 ")
    assert rfc3164.render(make_alert(), META, east).startswith(b"<83>Nov 15 07:13:20 build-17 ")


def test_a_loss_is_told_in_every_body() -> None:
    for body, told in (
        (None, b" (7 messages before this one were lost)"),
        ("json", b': {"dropped_before":7,"type":"finding"'),
        ("cef", b" toctraceDroppedBefore=7"),
    ):
        data = rfc3164.with_dropped(rfc3164.render(make_alert(), META, SENDER, body), 7)
        assert told in data
