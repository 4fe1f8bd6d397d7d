"""What stands beside a recording: names of files, what was signed, heads in a collector's log."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress

from detector.errors import RecordingError
from detector.model.head import Head
from detector.recording.arrived import head_in
from detector.recording.head import parse_head
from detector.recording.names import parse_name
from detector.recording.signature import parse_statement, statement
from tests.fuzz.target import Target

_HEAD = Head("f11ce6cee672b780", 12, bytes(range(32)))


def feed(data: bytes) -> None:
    text = data.decode("utf-8", "surrogateescape")
    for found in filter(None, map(head_in, text.split("\n"))):
        assert parse_head(str(found)) == found
    with suppress(RecordingError):
        head = parse_statement(text)
        assert parse_statement(statement(head, 1, last=True)) == head
    name = parse_name(text)
    if name is not None:
        assert "/" not in str(name)
        assert parse_name(str(name)) == name


def seeds() -> Iterable[bytes]:
    yield f"recording head {_HEAD}, 3 blocks\nTOCTRACE_HEAD={_HEAD}\n".encode()
    yield f'{{"a": [{{"type": "head", "head": "{_HEAD}"}}]}}'.encode()
    yield f'<13>1 t h toctrace 7 recording-head [toctrace@32473 head="{_HEAD}"] x'.encode()
    yield statement(_HEAD, 1, last=False).encode()
    yield b"f11ce6cee672b780.000001.toctrace"


TARGET = Target(feed, seeds)
