"""Entries for journald, by its native protocol (systemd.io/JOURNAL_NATIVE_PROTOCOL).

Each entry has the fields of systemd.journal-fields(7), and the message's own as `TOCTRACE_*`.
`journalctl MESSAGE_ID=...` finds the alerts of one rule; `journalctl -x` explains them.
"""

from __future__ import annotations

import uuid

from detector.model.message import Message
from detector.render.headline import headline
from detector.render.meta import Meta
from detector.render.originator import APP_NAME, Originator
from detector.render.priority import FACILITIES

_NAMESPACE = uuid.UUID("6f3f1a0e-5d0b-4c0e-9a53-3a8d8e0c7a11")
_LENGTH_BYTES = 8


def message_id(kind: str) -> str:
    """Give MESSAGE_ID of a rule's id, or of another headline's kind: the same for ever."""
    return uuid.uuid5(_NAMESPACE, kind).hex


def render(message: Message, meta: Meta, sender: Originator) -> bytes:
    """Write one entry; any length, as journald takes large ones by a file descriptor."""
    head = headline(message, meta)
    fields = {
        "MESSAGE": head.text,
        "MESSAGE_ID": message_id(head.kind),
        "PRIORITY": str(head.severity.number),
        "SYSLOG_FACILITY": str(FACILITIES[sender.facility]),
        "SYSLOG_IDENTIFIER": APP_NAME,
        "SYSLOG_PID": str(sender.pid),
        **{f"{APP_NAME}_{name}".upper(): value for name, value in head.fields.items()},
    }
    return b"".join(_field(name, value.encode()) for name, value in fields.items())


def with_dropped(payload: bytes, count: int) -> bytes:
    """Say in a rendered entry how many messages before it were lost."""
    return payload + _field("TOCTRACE_DROPPED_BEFORE", b"%d" % count)


def _field(name: str, value: bytes) -> bytes:
    """Write one field; a value with a line break carries its length instead of ending by one."""
    if b"\n" not in value:
        return b"%s=%s\n" % (name.encode(), value)
    return b"%s\n%s%s\n" % (name.encode(), len(value).to_bytes(_LENGTH_BYTES, "little"), value)
