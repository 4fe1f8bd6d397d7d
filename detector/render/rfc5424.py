"""The syslog protocol, RFC 5424: header, structured data, and a message.

    <PRI>1 TIMESTAMP HOSTNAME APP-NAME PROCID MSGID [SD-ID NAME="value" ...] MSG

Where a message is too long, the last fields of the structured data are left out first, each
whole, and then the MSG is cut between two characters. A MSG in a machine format is never cut: it
gives way to the text, and the structured data says so (`cut`).
"""

from __future__ import annotations

import re

from detector.model.message import Message
from detector.render.dropped import ROOM
from detector.render.formats import FORMATS
from detector.render.headline import Headline, headline
from detector.render.meta import Meta
from detector.render.moment import rfc3339
from detector.render.originator import APP_NAME, Originator
from detector.render.priority import priority
from detector.render.utf8 import cut

NIL = "-"
_HOSTNAME, _MSGID = 255, 32
_FRACTION = 6
"""Digits of a second's fraction: TIME-SECFRAC has at most six (section 6.2.3)."""
_BOM = b"\xef\xbb\xbf"
_TEXT_ROOM = 256
"""Bytes kept for the text of a message while structured data is put in."""
_SD_ID = re.compile(rb"^<\d+>1 (?:\S+ ){5}\[\S+")
_NOT_PRINTABLE = re.compile(r"[^\x21-\x7e]")


def render(message: Message, meta: Meta, sender: Originator, body: str | None = None) -> bytes:
    """Write one message in at most `sender.max_bytes` (480 or more), without any framing.

    `body` names one of FORMATS for the MSG part; None: a line of text.
    """
    head = headline(message, meta)
    start = _header(head, meta, sender)
    room = sender.max_bytes - len(start) - ROOM
    if body is not None:
        formatted = _msg(FORMATS[body](message, meta))
        data = _structured(head.fields, sender.enterprise, room - len(formatted) - 1)
        if data:
            return b"%s%s %s" % (start, data, formatted)
    fields = head.fields if body is None else {"cut": body, **head.fields}
    text = _msg(head.text)
    data = _structured(fields, sender.enterprise, room - min(len(text), _TEXT_ROOM) - 1)
    return b"%s%s %s" % (start, data, _msg(head.text, room - len(data) - 1))


def with_dropped(payload: bytes, count: int) -> bytes:
    """Say in a rendered message's structured data how many messages before it were lost."""
    return _SD_ID.sub(
        lambda found: b'%s dropped_before="%d"' % (found.group(), count), payload, count=1
    )


def printable(text: str, longest: int) -> str:
    """Write PRINTUSASCII (no space); anything else becomes `_`, and nothing becomes `-`."""
    return _NOT_PRINTABLE.sub("_", text)[:longest] or NIL


def _header(head: Headline, meta: Meta, sender: Originator) -> bytes:
    whole, fraction = rfc3339(head.time_unix_ns).removesuffix("Z").split(".")
    parts = (
        f"<{priority(sender.facility, head.severity)}>1",
        f"{whole}.{fraction[:_FRACTION]}Z",
        printable(meta.host, _HOSTNAME),
        APP_NAME,
        str(sender.pid),
        printable(head.kind, _MSGID),
    )
    return " ".join(parts).encode() + b" "


def _structured(fields: dict[str, str], enterprise: int, room: int) -> bytes:
    """Write one element with as many fields as fit; empty where not even the first does."""
    data = f"[{APP_NAME}@{enterprise}".encode()
    kept = False
    for name, value in fields.items():
        parameter = f' {name}="{_escaped(value)}"'.encode()
        if len(data) + len(parameter) + 1 <= room:
            data += parameter
            kept = True
        elif not kept:
            return b""
    return data + b"]"


def _escaped(value: str) -> str:
    """Escape what section 6.3.3 says must be: the quote, the backslash and the bracket."""
    return value.replace("\\", "\\\\").replace('"', '\\"').replace("]", "\\]")


def _msg(text: str, room: int | None = None) -> bytes:
    """Write MSG-UTF8 with its byte order mark, or MSG-ANY where it is ASCII (section 6.4)."""
    mark = b"" if text.isascii() else _BOM
    return mark + (text.encode() if room is None else cut(text, room - len(mark)))
