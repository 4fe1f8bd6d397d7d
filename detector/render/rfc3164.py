"""The older BSD syslog form, RFC 3164: `<PRI>Mmm dd hh:mm:ss HOSTNAME TAG: CONTENT`.

It carries local time without saying which, and no structured data: CONTENT holds what there is.
"""

from __future__ import annotations

from datetime import UTC, datetime

from detector.model.message import Message
from detector.render.dropped import ROOM, in_body
from detector.render.formats import FORMATS
from detector.render.headline import Headline, headline
from detector.render.meta import Meta
from detector.render.originator import APP_NAME, Originator
from detector.render.priority import priority
from detector.render.rfc5424 import printable
from detector.render.utf8 import cut

_HOSTNAME = 255
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_NS = 1_000_000_000


def render(message: Message, meta: Meta, sender: Originator, body: str | None = None) -> bytes:
    """Write one message in at most `sender.max_bytes`, without any framing.

    `body` names one of FORMATS for CONTENT; where that does not fit, or for None, it is text.
    """
    head = headline(message, meta)
    start = header(head, sender, printable(meta.host, _HOSTNAME))
    room = sender.max_bytes - len(start) - ROOM
    if body is not None:
        formatted = FORMATS[body](message, meta).encode()
        if len(formatted) <= room:
            return start + formatted
    return start + cut(f"{head.text} [id {head.fields['id']}]", room)


def with_dropped(payload: bytes, count: int) -> bytes:
    """Say in a rendered message's CONTENT how many messages before it were lost."""
    start, tag, body = payload.partition(b"]: ")
    return start + tag + in_body(body, count)


def header(head: Headline, sender: Originator, hostname: str | None) -> bytes:
    """Write everything before CONTENT; without a hostname it is what syslog(3) writes."""
    moment = datetime.fromtimestamp(head.time_unix_ns // _NS, UTC).astimezone(sender.zone)
    stamp = f"{_MONTHS[moment.month - 1]} {moment.day:2} {moment:%H:%M:%S}"
    host = f"{hostname} " if hostname else ""
    pri = priority(sender.facility, head.severity)
    return f"<{pri}>{stamp} {host}{APP_NAME}[{sender.pid}]: ".encode()
