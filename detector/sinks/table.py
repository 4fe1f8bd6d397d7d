"""Each scheme with its transport and the form of its messages: a new one is an entry here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import msgspec

from detector.model.message import Message
from detector.render import cee, journal, rfc3164, rfc5424
from detector.render.dropped import in_body
from detector.render.formats import FORMATS
from detector.render.meta import Meta
from detector.render.originator import Originator
from detector.sinks.datagram import Local, Udp
from detector.sinks.journald import Journald
from detector.sinks.lines import Lines, StandardOutput
from detector.sinks.stream import Stream
from detector.sinks.tls import client_context
from detector.sinks.transport import Transport
from detector.sinks.url import Scheme, SinkUrl

DEFAULT_FORMAT = "json"
"""What a file of lines gets where no format is asked for."""


class _SyslogForm(Protocol):
    def __call__(
        self, message: Message, meta: Meta, sender: Originator, body: str | None = None
    ) -> bytes: ...


class Form(msgspec.Struct, frozen=True):
    """How messages are written for one sink."""

    render: Callable[[Message, Meta, Originator], bytes]
    with_dropped: Callable[[bytes, int], bytes]
    """Writes into what `render` made how many messages before it were lost."""


def form_of(url: SinkUrl) -> Form:
    """Give how the sink's messages are written."""
    return _FORMS[url.scheme](url)


def transport_of(url: SinkUrl) -> Transport:
    """Make the sink's transport, not yet open. Raises UsageError for files it cannot use."""
    return _TRANSPORTS[url.scheme](url)


def _syslog(url: SinkUrl) -> Form:
    forms: dict[str, tuple[_SyslogForm, Callable[[bytes, int], bytes]]] = {
        "5424": (rfc5424.render, rfc5424.with_dropped),
        "3164": (rfc3164.render, rfc3164.with_dropped),
        "local": (cee.render, cee.with_dropped),
    }
    render, with_dropped = forms[url.rfc or ("local" if url.scheme is Scheme.UNIX else "5424")]
    return Form(
        lambda message, meta, sender: render(message, meta, sender, url.format), with_dropped
    )


def _journald(_: SinkUrl) -> Form:
    return Form(journal.render, journal.with_dropped)


def _lines(url: SinkUrl) -> Form:
    write = FORMATS[url.format or DEFAULT_FORMAT]
    return Form(lambda message, meta, _: write(message, meta).encode(), in_body)


_FORMS: dict[Scheme, Callable[[SinkUrl], Form]] = {
    Scheme.UDP: _syslog,
    Scheme.TCP: _syslog,
    Scheme.TLS: _syslog,
    Scheme.UNIX: _syslog,
    Scheme.JOURNALD: _journald,
    Scheme.JSONL: _lines,
    Scheme.STDOUT: _lines,
}

_TRANSPORTS: dict[Scheme, Callable[[SinkUrl], Transport]] = {
    Scheme.UDP: lambda url: Udp(url.host, url.port),
    Scheme.TCP: lambda url: Stream(url.host, url.port),
    Scheme.TLS: lambda url: Stream(url.host, url.port, client_context(url), url.name),
    Scheme.UNIX: lambda url: Local(url.path),
    Scheme.JOURNALD: lambda url: Journald(url.path),
    Scheme.JSONL: lambda url: Lines(url.path),
    Scheme.STDOUT: lambda _: StandardOutput(),
}

UNSPOOLED = frozenset({Scheme.STDOUT})
"""Sinks for which nothing is kept on disk: whoever reads them next is somebody else."""
