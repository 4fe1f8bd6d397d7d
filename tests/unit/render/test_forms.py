"""Findings of calls whose arguments are no masks, in every format and field."""

from __future__ import annotations

import json

import msgspec
import pytest

from detector.model.finding import Confidence, Finding, Severity
from detector.model.judgement import JudgedCall
from detector.model.printable import printable
from detector.model.process import Process
from detector.model.stage import Stage
from detector.render.finding_json import finding_document
from detector.render.ladder import ladder
from detector.render.masks import mark
from detector.render.syscall_example import raced
from detector.render.text import render_finding
from detector.report.beliefs import beliefs
from detector.report.masks import draw
from detector.rules import condition as conditions
from detector.rules.accept import accepts
from detector.rules.argument_fields import argument_fields
from detector.rules.condition import ConditionError, holds, parse_condition
from detector.rules.field import text_of
from detector.rules.fields import BY_FIELD, FIELDS
from detector.rules.sentence import sentence, summary
from detector.rules.values_parse import glob
from detector.syscalls.table import BY_NAME
from tests.unit.builders import without
from tests.unit.forms import (
    CONNECT,
    ENTRY_AND_EXIT,
    EXECVE,
    MOVE_PAGES,
    OPENAT,
    RENAMEAT2,
    TABLE,
    judged,
    looks,
    play,
    unread_path,
)
from tests.unit.samples import META

A, B = b"/tmp/a", b"/etc/shadow"
INET = bytes((2, 0, 0, 80, 127, 0, 0, 1)) + bytes(8)
PROCESS = Process(executable="/usr/bin/racer")
HOSTILE = b'/tmp/\x1b[2J"\xff\n'


@pytest.fixture(autouse=True)
def _watched(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, call in TABLE.items():
        monkeypatch.setitem(BY_NAME, name, call)
    more = argument_fields(tuple(TABLE.values()))
    monkeypatch.setattr(conditions, "FIELDS", (*FIELDS, *more))
    for field in more:
        monkeypatch.setitem(BY_FIELD, field.name, field)


def found(call: JudgedCall) -> Finding:
    assert call.kind is not None
    return Finding(
        rule="path-race",
        title="A path was raced",
        kind=call.kind,
        severity=Severity.ERR,
        confidence=Confidence.HIGH,
        tags=(),
        message=summary(call),
        call=call,
        process=PROCESS,
        time_unix_ns=1,
    )


RACED = judged(play(OPENAT, looks(A, B, B)))
CALLS = {
    "race": RACED,
    "restore": judged(play(OPENAT, looks(A, B, A))),
    "late": judged(play(OPENAT, looks(A, A, B))),
    "blind": judged(play(OPENAT, looks(unread_path(b"/t"), A, A), fault_foreign=True)),
    "hostile": judged(play(OPENAT, looks(HOSTILE, b"", b""))),
    "long": judged(play(OPENAT, looks(b"a" * 4000, b"a" * 3999 + b"b", b"a" * 4000))),
    "ends": judged(without(play(OPENAT, looks(A, B, B)), Stage.USE), ENTRY_AND_EXIT),
    "two": judged(play(RENAMEAT2, looks(A, A, A), looks(A, B, A))),
    "address": judged(play(CONNECT, looks(INET, INET[:4] + b"\x0a" + INET[5:], INET))),
    "words": judged(play(EXECVE, looks(A, A, A), looks(b"ls\0", b"rm\0-r\0", b"ls\0"))),
    "arrays": judged(
        play(MOVE_PAGES, looks(bytes(8), None, b"\1" + bytes(7)), looks(bytes(4), None, bytes(4)))
    ),
}


SAID = {
    "race": (
        'filename was "/tmp/a" when observers looked at entry; the kernel used '
        '"/etc/shadow": observer deceived at entry'
    ),
    "restore": (
        'filename was "/tmp/a" when observers looked at entry, and the same again '
        'at exit; in between the kernel used "/etc/shadow": observer deceived at '
        "entry and exit, tracks covered"
    ),
    "late": (
        'filename was "/etc/shadow" when observers looked at exit; before that, the '
        'kernel used "/tmp/a": observer deceived at exit'
    ),
    "blind": (
        'filename was "/t" + rest unreadable (EFAULT) when observers looked at '
        'entry; the kernel used "/tmp/a": observer blind to the rest'
    ),
    "hostile": (
        'filename was "/tmp/\\x1b[2J\\"\\xff\\x0a" when observers looked at entry; the '
        'kernel used "": observer deceived at entry'
    ),
    "ends": (
        'filename was "/tmp/a" when observers looked at entry, and "/etc/shadow" at '
        "exit; what the kernel copied in between was not observed: observer "
        "deceived at one of the two"
    ),
    "address": (
        "uservaddr was 127.0.0.1:80 when observers looked at entry, and the same "
        "again at exit; in between the kernel used 10.0.0.1:80: observer deceived "
        "at entry and exit, tracks covered"
    ),
    "words": (
        "argv was ls when observers looked at entry; the kernel used rm -r: "
        "observer deceived at entry"
    ),
}


@pytest.mark.parametrize("name", SAID)
def test_the_sentence_says_what_it_was_and_what_was_used(name: str) -> None:
    raced = next(one for one in CALLS[name].arguments if one.kind)
    assert sentence(raced) == SAID[name]


def test_a_long_path_says_where_it_differs() -> None:
    said = sentence(CALLS["long"].arguments[0])
    assert len(said) < 1000
    assert said.endswith(" (different from byte 3999 on)")


@pytest.mark.parametrize("name", CALLS)
def test_every_finding_can_be_shown(name: str) -> None:
    call = CALLS[name]
    text = render_finding(found(call), META)
    assert all(len(line) <= 80 and printable(line) == line for line in text.splitlines())
    assert "\n  copy " not in text
    assert "mask" not in text.replace("unmasked", "")
    document = msgspec.to_builtins(finding_document(found(call), META))
    json.dumps(document)
    assert document["masks"] == ()
    assert [one["argument"] for one in document["arguments"]] == [a.name for a in call.arguments]
    for argument in call.arguments:
        assert draw(call, argument).ticks == ()
        assert len(beliefs(argument)) == len(argument.observers)


def test_the_ladder_has_no_row_for_a_copy() -> None:
    assert [line.split()[0] for line in ladder(RACED, colour=False)] == [
        "stage", "entry", "use", "exit",
    ]  # fmt: skip
    (argument,) = RACED.arguments
    assert mark(argument, Stage.USE) == "<- changed"
    assert mark(argument, Stage.EXIT) == ""
    assert mark(CALLS["restore"].arguments[0], Stage.EXIT) == "<- put back"


def test_the_document_has_each_look_in_writing_and_in_bytes() -> None:
    (document,) = finding_document(found(RACED), META).arguments or ()
    assert document.looks.entry is not None
    assert document.looks.use is not None
    assert (document.form, document.looks.entry.value) == ("path", "/tmp/a")
    assert document.looks.use.bytes == B.hex()
    (entry, exit_) = document.observers
    assert (entry.believed, entry.deceived, entry.kernel) == ("/tmp/a", True, "/etc/shadow")
    assert (exit_.believed, exit_.deceived) == ("/etc/shadow", False)


def test_who_could_read_nothing_believed_nothing() -> None:
    blind = judged(play(OPENAT, looks(unread_path(), A, A), fault_held=True))
    (document,) = finding_document(found(blind), META).arguments or ()
    assert document.looks.entry is not None
    assert (document.looks.entry.value, document.looks.entry.errno) == (None, "EFAULT")
    assert (document.observers[0].believed, document.observers[0].deceived) == (None, False)


def test_a_field_says_what_the_argument_was_at_each_stage() -> None:
    read = {
        name: text_of(BY_FIELD[f"arg.filename.{name}"], RACED, PROCESS)
        for name in ("entry", "use", "exit", "kind")
    }
    assert read == {"entry": "/tmp/a", "use": "/etc/shadow", "exit": "/etc/shadow", "kind": "race"}
    assert text_of(BY_FIELD["arg.filename.entry"], CALLS["blind"], PROCESS) == "unknown"
    assert text_of(BY_FIELD["arg.filename.use"], CALLS["hostile"], PROCESS) == '""'
    assert text_of(BY_FIELD["arg.uservaddr.use"], RACED, PROCESS) == "unknown"
    assert text_of(BY_FIELD["came"], RACED, PROCESS) == "unknown"
    (use,) = BY_FIELD["arg.filename.use"].get(RACED, PROCESS)
    assert accepts(glob("/etc/*"), use)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ('arg.filename.use.startsWith("/etc/")', True),
        ('arg.filename.use.contains("passwd")', False),
        ('arg.filename.entry != arg.filename.use && syscall == "openat"', True),
        ('arg.filename.kind == "race"', True),
        ("arg . filename . use . size() > 3", True),
    ],
)
def test_a_condition_can_ask_for_them(source: str, *, expected: bool) -> None:
    pytest.importorskip("cel")
    assert holds(parse_condition(source), RACED, PROCESS) is expected


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ('arg.filenam.use == ""', "`filenam` is no field of arg"),
        ('arg.filename.copy == ""', "`copy` is no field of arg.filename"),
    ],
)
def test_a_name_that_there_is_not_is_refused(source: str, problem: str) -> None:
    pytest.importorskip("cel")
    with pytest.raises(ConditionError, match=problem):
        parse_condition(source)


@pytest.mark.parametrize("name", TABLE)
def test_an_example_of_each_is_raced(name: str) -> None:
    call = raced(TABLE[name])
    assert call.kind is not None
    assert (call.cut, call.lost) == (None, 0)
    assert call.arguments[0].kind is call.kind
