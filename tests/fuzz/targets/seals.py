"""What stands beside a recording: names of files, heads, what was signed."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress

from detector.errors import RecordingError, UsageError
from detector.recording.head import Head, parse_heads
from detector.recording.names import parse_name
from detector.recording.signature import parse_statement, statement
from tests.fuzz.target import Target

_HEAD = Head("f11ce6cee672b780", 12, bytes(range(32)))


def feed(data: bytes) -> None:
    text = data.decode("utf-8", "surrogateescape")
    with suppress(UsageError):
        heads = parse_heads(text, "fuzzed")
        written = (str(head).removeprefix(":") for head in heads)
        assert parse_heads("\n".join(written), "written") == heads
    with suppress(RecordingError):
        head = parse_statement(text)
        assert parse_statement(statement(head, 1, last=True)) == head
    name = parse_name(text)
    if name is not None:
        assert "/" not in str(name)
        assert parse_name(str(name)) == name


def seeds() -> Iterable[bytes]:
    yield f"{_HEAD}\n12:{_HEAD.hash.hex()}\n".encode()
    yield statement(_HEAD, 1, last=False).encode()
    yield b"f11ce6cee672b780.000001.toctrace"


TARGET = Target(feed, seeds)
