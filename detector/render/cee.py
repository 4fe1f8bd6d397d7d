"""The local form: what syslog(3) writes, with JSON behind the `@cee:` cookie.

Neither journald nor a default rsyslog parses RFC 5424 on the local socket; rsyslog's mmjsonparse
and others find the fields behind the cookie (CEE 1.0 beta, "CEE Log Transport").
"""

from __future__ import annotations

import json

from detector.model.message import Message
from detector.render.dropped import ROOM, in_json
from detector.render.formats import FORMATS
from detector.render.headline import Headline, headline
from detector.render.meta import Meta
from detector.render.originator import Originator
from detector.render.rfc3164 import header
from detector.render.utf8 import cut

COOKIE = b"@cee: "
DEFAULT = "json"
"""The format of the JSON where none is asked for."""
_SHORTEST = 64
"""Bytes to which a single value is cut where many do not fit."""


def render(message: Message, meta: Meta, sender: Originator, body: str | None = None) -> bytes:
    """Write one message in at most `sender.max_bytes`, without any framing.

    `body` names one of FORMATS that is JSON. A document that does not fit gives way to a flat one
    of the message's fields, as many as fit, which says so (`cut`).
    """
    head = headline(message, meta)
    start = header(head, sender, None) + COOKIE
    room = sender.max_bytes - len(start) - ROOM
    name = body or DEFAULT
    document = FORMATS[name](message, meta).encode()
    return start + (document if len(document) <= room else _flat(head, name, room))


def with_dropped(payload: bytes, count: int) -> bytes:
    """Say in a rendered message's JSON how many messages before it were lost."""
    start, cookie, body = payload.partition(COOKIE)
    return start + cookie + in_json(body, count)


def _flat(head: Headline, cut_format: str, room: int) -> bytes:
    """Write the fields that fit as one JSON object in ASCII."""
    fields = {"cut": cut_format}
    size = len(json.dumps(fields))
    for name, value in (*head.fields.items(), ("message", head.text)):
        for candidate in (value, cut(value, _SHORTEST).decode()):
            grown = len(json.dumps({name: candidate}))
            if size + grown <= room:
                fields[name] = candidate
                size += grown
                break
    return json.dumps(fields).encode()
