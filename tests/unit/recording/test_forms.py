"""Calls whose arguments are no masks, recorded and read again, however hostile."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.correlate.correlator import correlate
from detector.enrich.span import read_span
from detector.errors import RecordingError
from detector.model.finding import Confidence, Finding, Severity
from detector.model.process import Process
from detector.model.snapshot import Content, Snapshot, Unread
from detector.model.stage import LADDER, Stage
from detector.recording.payload import decode, encode, join
from detector.render.jsonl import finding_line
from detector.render.text import render_finding
from detector.rules.sentence import summary
from detector.syscalls.entry import Syscall
from detector.syscalls.table import BY_NAME
from detector.writers.words import mask_words
from tests.unit.builders import make_snapshot
from tests.unit.forms import (
    CONNECT,
    EXECVE,
    MOVE_PAGES,
    OPENAT,
    RENAMEAT2,
    TABLE,
    looks,
    play,
    raw,
    unread_bytes,
    unread_path,
)
from tests.unit.samples import META


@pytest.fixture(autouse=True, scope="module")
def _watched() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name, call in TABLE.items():
            patch.setitem(BY_NAME, name, call)
        yield


def again(items: list[Snapshot]) -> list[Snapshot]:
    read = decode(join([encode(item) for item in items]))
    assert all(isinstance(item, Snapshot) for item in read)
    return [item for item in read if isinstance(item, Snapshot)]


@pytest.mark.parametrize("flag", [True, False])
def test_what_is_no_mask_comes_back_as_it_was(*, flag: bool) -> None:
    path = looks(unread_path(b"/t\xff"), b"", raw(b"x" * 4096, beyond=True))
    address = looks(unread_bytes(bytes(16), 8, 16), b"\1\0", b"")
    words = looks(raw(b"a\0b\0", beyond=True), b"", b"")
    arrays = looks(raw(bytes(4096), beyond=True), None, bytes(8))
    for items in (
        play(OPENAT, path, fault_foreign=flag),
        play(RENAMEAT2, path, path, fault_foreign=flag),
        play(CONNECT, address, fault_foreign=flag),
        play(EXECVE, path, words, fault_foreign=flag),
        play(MOVE_PAGES, arrays, arrays, fault_foreign=flag),
    ):
        assert again(items) == items


def test_a_record_without_the_flag_is_of_a_call_without_such_a_page() -> None:
    item = make_snapshot(fault_foreign=True)
    tagged = msgspec.msgpack.decode(encode(item))
    del tagged[1]["fault_foreign"]
    (read,) = decode(join([msgspec.msgpack.encode(tagged)]))
    assert read == msgspec.structs.replace(item, fault_foreign=False)


@pytest.mark.parametrize(
    ("call", "look"),
    [
        (OPENAT, msgspec.structs.replace(raw(b"a"), unread=(Unread(1, 4097, 14),))),
        (OPENAT, raw(bytes(4097))),
        (CONNECT, msgspec.structs.replace(raw(b"a"), unread=(Unread(0, 4096, 14),))),
    ],
)
def test_what_no_run_takes_is_refused(call: Syscall, look: Content) -> None:
    with pytest.raises(RecordingError):
        again(play(call, looks(look, None, b""))[:1])


@st.composite
def contents(draw: st.DrawFn) -> Content:
    data = draw(
        st.binary(max_size=40)
        | st.builds(
            lambda family, rest: bytes((family, 0)) + rest,
            st.sampled_from((0, 1, 2, 10, 16)),
            st.binary(max_size=30),
        )
        | st.sampled_from((b"/tmp/a", b"\xff" * 4096, bytes(4096)))
    )
    starts, ends = st.integers(0, len(data)), st.integers(0, len(data)) | st.just(4096)
    gap = st.builds(Unread, starts, ends, st.sampled_from((14, 0, -5)))
    return Content(
        address=draw(st.sampled_from((0, 0x1000, 2**64 - 1))),
        bits=8 * len(data),
        data=data,
        unread=tuple(draw(st.just([]) | st.lists(gap, max_size=2))),
        beyond=draw(st.none() | st.booleans()),
    )


@st.composite
def hostile_calls(draw: st.DrawFn) -> list[Snapshot]:
    """Make one call that passes every stage, in any number of snapshots."""
    call = draw(st.sampled_from(list(TABLE.values())))
    names = [argument.name for argument in call.arguments]
    steps = [
        (stage, draw(st.lists(st.sampled_from(names), unique=True)))
        for stage in LADDER
        for _ in range(draw(st.integers(0, 2)))
    ]
    return [
        make_snapshot(
            stage,
            sequence=sequence,
            syscall=call.name,
            args=draw(st.sampled_from(((0,) * 6, (0x1000, 0x2000, 2**64 - 1, 0, 0, 0)))),
            contents={name: draw(contents()) for name in taken},
            abi=draw(st.sampled_from(("x86_64", "i386"))),
            fault_foreign=draw(st.booleans()),
            returned=draw(st.sampled_from((0, -14, None))),
        )
        for sequence, (stage, taken) in enumerate([(Stage.ENTRY, names), *steps])
    ]


@given(hostile_calls())
def test_any_call_that_is_let_in_is_judged_and_shown(items: list[Snapshot]) -> None:
    kept: list[Snapshot] = []
    for item in items:
        with suppress(RecordingError):
            kept += again([item])
    for call in correlate(kept, armed=frozenset(LADDER), table=BY_NAME):
        mask_words(call)
        for argument in call.arguments:
            read_span(call, argument)
        if call.kind is None:
            continue
        finding = Finding(
            rule="any",
            title="Any",
            kind=call.kind,
            severity=Severity.ERR,
            confidence=Confidence.LOW,
            tags=(),
            message=summary(call),
            call=call,
            process=Process(executable=None),
            time_unix_ns=1,
        )
        assert render_finding(finding, META)
        assert finding_line(finding, META)
