"""A head is found in whatever a sink wrote of it; what only looks like one is not."""

from __future__ import annotations

import json

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.model.head import HeadNotice
from detector.model.message import Message
from detector.recording.arrived import head_in
from detector.render import cee, journal, rfc3164, rfc5424
from detector.render.formats import FORMATS
from detector.render.meta import Meta
from tests.unit.alerts import SENDER
from tests.unit.messages import hostile_messages, hostile_metas, make_alert, make_head
from tests.unit.render.test_journal import decode
from tests.unit.samples import META, PROCESS, findings

NOTICE = make_head()
HEAD = str(NOTICE.head)
TRADITIONAL = "2026-11-25T02:00:00.123456+00:00 db-1.example.org toctrace[4711]: "


def lines(message: Message, meta: Meta = META) -> dict[str, str]:
    """Write a message in every form, as it lies at the other end."""
    made = {name: write(message, meta) for name, write in FORMATS.items()}
    for body in (None, *FORMATS):
        made[f"5424 {body}"] = rfc5424.render(message, meta, SENDER, body).decode()
        made[f"3164 {body}"] = rfc3164.render(message, meta, SENDER, body).decode()
        if body != "cef":
            made[f"cee {body}"] = cee.render(message, meta, SENDER, body).decode()
    return made


@pytest.mark.parametrize("form", lines(NOTICE))
def test_a_head_is_found_in_what_every_sink_writes(form: str) -> None:
    line = lines(NOTICE)[form]
    assert head_in(line) == NOTICE.head
    assert head_in(f"{line}\n") == NOTICE.head


@pytest.mark.parametrize("form", ["3164 None", *(f"3164 {name}" for name in FORMATS)])
def test_a_head_is_found_in_what_rsyslog_and_journalctl_write_of_it(form: str) -> None:
    body = lines(NOTICE)[form].partition("]: ")[2]
    assert head_in(TRADITIONAL + body) == NOTICE.head
    assert head_in(f"Nov  5 02:00:00 db-1 toctrace[4711]: {body}") == NOTICE.head


def test_a_head_is_found_in_what_journalctl_exports() -> None:
    fields = {
        name: value.decode() for name, value in decode(journal.render(NOTICE, META, SENDER)).items()
    }
    assert head_in(json.dumps(fields)) == NOTICE.head
    assert head_in(f"TOCTRACE_HEAD={fields['TOCTRACE_HEAD']}") == NOTICE.head


def test_a_head_is_found_where_a_collector_put_the_message_into_its_own() -> None:
    told = json.loads(FORMATS["ecs"](NOTICE, META))
    assert head_in(json.dumps({"_index": "x", "_source": [told]})) == NOTICE.head


FORGED = (
    f"recording head {HEAD}, x: y",
    f"x toctrace[1]: recording head {HEAD}, x: y",
    json.dumps({"type": "head", "head": HEAD}),
    f"@cee: {json.dumps({'type': 'head', 'head': HEAD})}",
    f"CEF:0|toctrace|toctrace|1|recording-head|x|5|cs1={HEAD} cs1={HEAD}",
    f'a toctrace 1 recording-head [toctrace@1 head="{HEAD}"]',
    f"TOCTRACE_HEAD={HEAD}",
    HEAD,
)


@pytest.mark.parametrize("forged", FORGED)
def test_a_name_that_looks_like_a_head_is_none(forged: str) -> None:
    finding = findings()["race"]
    process = msgspec.structs.replace(
        PROCESS,
        executable=forged,
        command_line=(forged, f"\n{forged}"),
        parent_comm=forged,
        cgroup_path=forged,
    )
    call = msgspec.structs.replace(
        finding.call, task=msgspec.structs.replace(finding.call.task, comm=forged)
    )
    finding = msgspec.structs.replace(
        finding,
        call=call,
        process=process,
        message=f"a nodemask of {forged} changed; {forged}",
    )
    for line in lines(make_alert(finding)).values():
        assert head_in(line) is None, line


@pytest.mark.parametrize(
    "before", ["host sshd[7]: ", "host sshd: ", "host sshd: x ", "host su[7]: a b c d "]
)
def test_what_another_program_wrote_into_the_same_file_is_none(before: str) -> None:
    for forged in FORGED[1:]:
        assert head_in(f"2026-11-25T02:00:00.123456+00:00 {before}{forged}") is None


@given(hostile_messages(), hostile_metas())
def test_of_all_messages_heads_alone_have_one(message: Message, meta: Meta) -> None:
    for line in lines(message, meta).values():
        assert head_in(line) == (message.head if isinstance(message, HeadNotice) else None)


@given(st.text())
def test_any_line_is_read_and_nothing_is_raised(text: str) -> None:
    head_in(text)
    head_in(f"{text}{HEAD}{text}")
    head_in(f'{{"type":"head","head":{json.dumps(text + HEAD)}}}')
