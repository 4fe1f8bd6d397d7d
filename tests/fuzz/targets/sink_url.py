"""`--sink URL`."""

from __future__ import annotations

from collections.abc import Iterable

from detector.errors import UsageError
from detector.sinks.url import parse_sink, shown
from tests.fuzz.target import Target


def feed(data: bytes) -> None:
    text = data.decode("utf-8", "surrogateescape")  # as argv is decoded
    assert shown(text).isprintable()
    try:
        url = parse_sink(text)
    except UsageError as refused:
        told = str(refused)
    else:
        told = url.label
        assert "\0" not in url.path
    assert told.isprintable(), told


def seeds() -> Iterable[bytes]:
    yield b"journald:"
    yield b"stdout:?format=ecs"
    yield b"jsonl:/var/log/a.jsonl?format=ocsf"
    yield b"syslog+unix:///dev/log?rfc=3164&facility=local3"
    yield b"syslog+udp://[::1]:514?rfc=5424&format=cef&enterprise=32473&max=2048"
    yield b"syslog+tls://host.example:6514?ca=/a&cert=/b&key=/c&name=d"
    yield b"syslog+tcp://user:password@host:1?token=x"


TARGET = Target(feed, seeds)
