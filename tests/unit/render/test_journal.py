from __future__ import annotations

from pathlib import Path

from hypothesis import given

from detector.model.message import Message
from detector.render.catalog import catalog_text
from detector.render.headline import headline
from detector.render.journal import message_id, render, with_dropped
from detector.rules.load import shipped_rules
from tests.unit.alerts import SENDER, hostile_messages
from tests.unit.samples import META

CATALOG = Path(__file__).parents[3] / "systemd" / "toctrace.catalog"


def decode(data: bytes) -> dict[str, bytes]:
    """Read an entry as journald does (journald-native.c)."""
    fields = {}
    while data:
        line, _, rest = data.partition(b"\n")
        name, equals, value = line.partition(b"=")
        if not equals:
            length = int.from_bytes(rest[:8], "little")
            value, rest = rest[8 : 8 + length], rest[8 + length :]
            assert rest[:1] == b"\n"
            rest = rest[1:]
        fields[name.decode("ascii")] = value
        data = rest
    return fields


@given(hostile_messages())
def test_the_entry_has_every_field_and_no_other(message: Message) -> None:
    head, fields = headline(message, META), decode(with_dropped(render(message, META, SENDER), 3))
    assert fields.pop("TOCTRACE_DROPPED_BEFORE") == b"3"
    assert fields.pop("MESSAGE").decode() == head.text
    assert fields.pop("PRIORITY") == str(head.severity.number).encode()
    assert fields.pop("MESSAGE_ID").decode() == message_id(head.kind)
    ours = {name: value for name, value in fields.items() if name.startswith("TOCTRACE_")}
    assert ours == {f"TOCTRACE_{n}".upper(): v.encode() for n, v in head.fields.items()}
    assert set(fields) - set(ours) == {"SYSLOG_FACILITY", "SYSLOG_IDENTIFIER", "SYSLOG_PID"}
    assert all(len(name) <= 64 for name in fields)


def test_a_rules_id_has_one_message_id_for_ever() -> None:
    assert message_id("nodemask-race") == "b3fd6702f75959f29322a82803201e5e"


def test_the_shipped_catalog_is_current() -> None:
    """Else: python -m detector.render.catalog systemd/toctrace.catalog."""
    assert CATALOG.read_text() == catalog_text(shipped_rules())


def test_the_catalog_explains_every_shipped_rule() -> None:
    text = CATALOG.read_text()
    for rule in shipped_rules():
        assert f"-- {message_id(rule.id)}\nSubject: {rule.title}\n" in text
