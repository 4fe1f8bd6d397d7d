"""Arguments that are no masks: judged by what is significant of their form."""

from __future__ import annotations

import errno
import itertools

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.correlate.correlator import Correlator
from detector.model.form import Form
from detector.model.judgement import Cut, JudgedCall, Kind, Verdict
from detector.model.snapshot import Content
from detector.model.stage import Stage
from detector.syscalls.entry import Syscall
from tests.unit.builders import lose, make_snapshot, make_task, without
from tests.unit.correlate.judging import verdicts
from tests.unit.forms import (
    ALL,
    CONNECT,
    ENTRY_AND_EXIT,
    EXECVE,
    MOUNT,
    MOVE_PAGES,
    OPENAT,
    RENAMEAT2,
    TABLE,
    Looks,
    judged,
    looks,
    play,
    raw,
    syscall,
    unread_bytes,
    unread_path,
)

A, B, C = b"/tmp/a", b"/etc/shadow", b"/tmp/c"
INET = bytes((2, 0, 0, 80, 127, 0, 0, 1)) + bytes(8)


def kind(call: Syscall, *arguments: Looks, **changes: bool) -> Kind | None:
    return judged(play(call, *arguments, **changes)).kind


def deceived(call: JudgedCall) -> list[Stage]:
    return [one.stage for a in call.arguments for one in a.observers if one.deceived]


@pytest.mark.parametrize(
    ("entry", "use", "exit_", "expected", "observers"),
    [
        (A, A, A, None, []),
        (A, B, B, (Kind.RACE, "entry-use"), ["entry"]),
        (A, B, C, (Kind.RACE, "entry-use"), ["entry", "exit"]),
        (A, B, A, (Kind.RESTORE, "entry-use"), ["entry", "exit"]),
        (A, A, B, (Kind.LATE, "use-exit"), ["exit"]),
        (b"a", b"a/", b"a/", (Kind.RACE, "entry-use"), ["entry"]),
        (b"a", b"ab", b"a", (Kind.RESTORE, "entry-use"), ["entry", "exit"]),
        (b"", b"a", b"a", (Kind.RACE, "entry-use"), ["entry"]),
        (unread_path(b"/tm"), A, A, None, []),
        (unread_path(b"/et"), A, A, (Kind.RACE, "entry-use"), ["entry"]),
        (A, A, unread_path(), None, []),
        (raw(b"a" * 4096, beyond=True), A, A, (Kind.RACE, "entry-use"), ["entry"]),
    ],
)
def test_the_use_is_the_copy_of_a_path(
    entry: bytes | Content,
    use: bytes,
    exit_: bytes | Content,
    expected: tuple[Kind, str] | None,
    observers: list[str],
) -> None:
    call = judged(play(OPENAT, looks(entry, use, exit_)))
    (argument,) = call.arguments
    found = (argument.kind, "-".join(argument.window)) if argument.window else None
    assert (found, deceived(call)) == (expected, observers)
    assert (argument.form, argument.came, argument.went) == (Form.PATH, b"", b"")
    assert (call.cut, call.copy_observed) == (None, True)
    assert list(verdicts(argument)) == ["entry-use", "entry-exit", "use-exit"]
    assert argument.looks[Stage.USE].data == use


@pytest.mark.parametrize("flag", ["fault_held", "fault_foreign"])
def test_an_unread_path_is_blind_only_where_its_page_was_others(flag: str) -> None:
    blind = looks(unread_path(), A, A)
    assert kind(OPENAT, blind) is None
    assert kind(OPENAT, blind, **{flag: True}) is Kind.BLIND
    late = judged(without(play(OPENAT, blind), Stage.USE), ENTRY_AND_EXIT)
    assert late.kind is None
    late = judged(without(play(OPENAT, blind, **{flag: True}), Stage.USE), ENTRY_AND_EXIT)
    assert (late.kind, getattr(late, flag)) == (Kind.BLIND, True)


def test_where_the_use_is_not_seen_entry_is_held_against_exit() -> None:
    items = without(play(OPENAT, looks(A, B, B)), Stage.USE)
    call = judged(items, ENTRY_AND_EXIT)
    assert (call.kind, call.copy_observed) == (Kind.RACE, False)
    assert call.arguments[0].window == (Stage.ENTRY, Stage.EXIT)
    assert verdicts(call.arguments[0])["entry-use"] is Verdict.INCOMPLETE


def test_a_call_that_ends_before_its_use_shows_no_kind() -> None:
    for exit_ in (A, B):
        call = judged(play(OPENAT, looks(A, None, exit_), returned=-errno.EFAULT))
        assert (call.kind, call.cut) == (None, None)
        assert verdicts(call.arguments[0])["entry-use"] is Verdict.UNUSED


def test_a_lost_use_is_incomplete() -> None:
    call = judged(lose(play(OPENAT, looks(A, B, A)), [1]))
    assert (call.kind, call.cut, call.lost) == (None, Cut.LOST, 1)


def test_execve_has_no_look_at_exit() -> None:
    items = play(EXECVE, looks(A, A, A), looks(b"ls\0", b"rm\0", b"ls\0"))[:4]
    end = make_snapshot(Stage.EXIT, sequence=4, syscall="execve", returned=0)
    call = judged([*items, end])
    assert (call.kind, call.cut, call.arguments[1].kind) == (Kind.RACE, None, Kind.RACE)
    assert list(verdicts(call.arguments[1])) == ["entry-use"]
    assert deceived(call) == [Stage.ENTRY]


def test_an_argument_without_a_use_is_judged_by_its_ends() -> None:
    same = looks(bytes(8), None, bytes(8))
    call = judged(play(MOVE_PAGES, same, looks(bytes(8), None, bytes(4) + b"\1\0\0\0")))
    assert [argument.kind for argument in call.arguments] == [None, Kind.RACE]
    assert list(verdicts(call.arguments[0])) == ["entry-exit"]
    assert (call.cut, call.copy_observed) == (None, False)


def test_one_argument_without_a_use_is_no_surer_for_the_others() -> None:
    call = judged(play(MOUNT, looks(A, A, A), looks(A, None, B)))
    assert (call.kind, call.copy_observed) == (Kind.RACE, False)
    call = judged(play(MOUNT, looks(A, B, B), looks(A, None, A)))
    assert (call.kind, call.copy_observed) == (Kind.RACE, True)


# Several snapshots of one stage.

BOTH = play(RENAMEAT2, looks(A, A, A), looks(A, B, B))


@given(st.permutations(BOTH))
def test_the_order_of_a_stages_snapshots_does_not_matter(items: list) -> None:
    assert judged(items) == judged(BOTH)
    assert [argument.kind for argument in judged(items).arguments] == [None, Kind.RACE]


@given(
    st.permutations(range(6)).flatmap(
        lambda order: st.tuples(st.just(order), st.frozensets(st.sampled_from(range(6))))
    )
)
def test_nor_does_it_where_some_are_lost(drawn: tuple[list[int], frozenset[int]]) -> None:
    order, gone = drawn
    kept = {one.sequence: one for one in lose(BOTH, gone)}
    if not kept:
        return
    again = [kept[number] for number in order if number in kept]
    call = judged(again)
    assert call == judged(list(kept.values()))
    seen_last = max(kept)
    assert call.lost >= sum(number < seen_last for number in gone)
    if gone and (call.cut is None):
        raise AssertionError(gone)


def test_a_call_with_several_exits_ends_with_the_last_of_them() -> None:
    correlator = Correlator(armed=ALL, table=TABLE)
    fed = [correlator.feed(item) for item in BOTH]
    assert [len(calls) for calls in fed] == [0, 0, 0, 0, 0, 1]


def test_a_call_whose_last_exit_is_lost_is_judged_once_the_window_has_passed() -> None:
    correlator = Correlator(armed=ALL, table=TABLE)
    assert [call for item in BOTH[:-1] for call in correlator.feed(item)] == []
    after = make_snapshot(call=2, time_ns=2_000_000_000, task=make_task(0xB000))
    (call,) = correlator.feed(after)
    assert (call.cut, call.lost, call.kind) == (Cut.LOST, 1, Kind.RACE)


def test_without_a_probe_at_exit_the_uses_end_the_call() -> None:
    items = without(BOTH, Stage.EXIT)
    correlator = Correlator(armed=ALL - {Stage.EXIT}, table=TABLE)
    fed = [correlator.feed(item) for item in items]
    assert [len(calls) for calls in fed] == [0, 0, 0, 1]
    assert (fed[-1][0].kind, fed[-1][0].cut) == (Kind.RACE, None)


def test_the_same_argument_twice_at_a_stage_counts_once() -> None:
    first, second = (
        make_snapshot(
            Stage.ENTRY, sequence=number, syscall="openat", contents={"filename": raw(data)}
        )
        for number, data in enumerate((A, B))
    )
    for items in itertools.permutations([first, second]):
        (call,) = (judged(list(items)),)
        assert call.arguments[0].looks[Stage.ENTRY].data == A


# What is significant of a socket address.


@pytest.mark.parametrize(
    ("entry", "use", "raced"),
    [
        (INET, INET[:8] + b"\xff" * 8, False),
        (INET, INET[:8], False),
        (INET, INET[:3] + b"\x51" + INET[4:], True),
        (INET, b"\x0a" + INET[1:], True),
        (INET[:7], INET[:8], True),
        (b"\x0a\0" + bytes(26) + b"\xff", b"\x0a\0" + bytes(26), False),
        (b"\x0a\0" + bytes(26), b"\x0a\0" + bytes(22) + b"\1\0\0\0", True),
        (b"\1\0/run/x\0junk", b"\1\0/run/x\0", False),
        (b"\1\0/run/x", b"\1\0/run/x\0\0", False),
        (b"\1\0/run/x", b"\1\0/run/xy", True),
        (b"\1\0\0a", b"\1\0\0a\0", True),
        (b"\1\0\0a", b"\1\0\0b", True),
        (b"\1\0", b"\1\0\0", True),
        (b"\1\0", b"\1\0", False),
        (b"\x10\0" + bytes(10), b"\x10\0" + bytes(10) + b"\xff", False),
        (b"\x10\0" + bytes(9) + b"\1", b"\x10\0" + bytes(10), True),
        (b"\x28\0" + bytes(14), b"\x28\0" + bytes(13) + b"\1", True),
        (b"\x28\0", b"\x28\0\0", True),
    ],
)
def test_an_address_is_compared_as_its_family_is_read(
    entry: bytes, use: bytes, *, raced: bool
) -> None:
    call = judged(play(CONNECT, looks(entry, use, use)))
    assert call.kind is (Kind.RACE if raced else None)
    assert kind(CONNECT, looks(use, entry, entry)) is (Kind.RACE if raced else None)


def test_an_unread_part_of_an_address_is_no_difference() -> None:
    for start, end in ((0, 8), (0, 1), (4, 16), (8, 16), (0, 16)):
        look = unread_bytes(INET, start, end)
        changed = INET[:8] + b"\xff" * 8
        assert kind(CONNECT, looks(look, changed, changed)) is None
        found = kind(CONNECT, looks(look, changed, changed), fault_held=True)
        assert found is (Kind.BLIND if start < 8 else None)
    unix = b"\1\0/run/x\0"
    for start in (2, 5, 8):
        assert kind(CONNECT, looks(unread_bytes(unix + b"junk", start, 13), unix, unix)) is None


# Words.


def test_words_are_compared_as_far_as_both_go() -> None:
    words = syscall("words", EXECVE.arguments[1])
    table = {"words": words}

    def raced(entry: Content, use: Content) -> bool:
        return judged(play(words, looks(entry, use, use)), table=table).kind is not None

    cut = raw(b"a\0b\0", beyond=True)
    assert not raced(cut, raw(b"a\0b\0c\0", beyond=True))
    assert not raced(cut, raw(b"a\0b\0c\0"))
    assert raced(cut, raw(b"a\0"))
    assert raced(cut, raw(b"a\0c\0c\0"))
    assert raced(raw(b"a\0"), raw(b"a\0\0"))
    assert raced(raw(b"a\0"), raw(b""))
    assert not raced(unread_path(b"a\0"), raw(b"a\0b\0"))
    assert raced(unread_path(b"b\0"), raw(b"a\0b\0"))


# Properties.

paths = st.binary(max_size=40).map(lambda data: data.replace(b"\0", b"x"))
addresses = st.builds(
    lambda family, rest: bytes((family, 0)) + rest,
    st.sampled_from((0, 1, 2, 10, 16, 40)),
    st.binary(max_size=30),
) | st.binary(max_size=3)
SAMPLES = {
    Form.PATH: paths,
    Form.SOCKET_ADDRESS: addresses,
    Form.WORDS: st.lists(paths, max_size=4).map(lambda words: b"".join(w + b"\0" for w in words)),
    Form.POINTERS: st.lists(st.binary(min_size=8, max_size=8), max_size=4).map(b"".join),
    Form.INTEGERS: st.lists(st.binary(min_size=4, max_size=4), max_size=4).map(b"".join),
}
CALLS = {
    form: syscall(form.value, *(msgspec.structs.replace(OPENAT.arguments[0], form=form),))
    for form in SAMPLES
}
BY_FORM = {call.name: call for call in CALLS.values()}
forms = st.sampled_from(list(SAMPLES)).flatmap(
    lambda form: st.tuples(st.just(form), SAMPLES[form], st.booleans())
)


@given(forms)
def test_equal_contents_never_show_a_kind(drawn: tuple[Form, bytes, bool]) -> None:
    form, data, beyond = drawn
    look = raw(data, beyond=beyond)
    call = judged(play(CALLS[form], looks(look, look, look)), table=BY_FORM)
    assert call.kind is None
    assert set(verdicts(call.arguments[0]).values()) == {Verdict.SAME}
    assert deceived(call) == []


@given(forms, st.data())
def test_one_significant_byte_always_shows_a_kind(
    drawn: tuple[Form, bytes, bool], data: st.DataObject
) -> None:
    form, before, _ = drawn
    length = _significant(form, before)
    if not length:
        return
    at = data.draw(st.integers(0, length - 1))
    byte = data.draw(st.integers(1, 255).filter(lambda byte: byte != before[at]))
    after = before[:at] + bytes((byte,)) + before[at + 1 :]
    call = judged(play(CALLS[form], looks(before, after, after)), table=BY_FORM)
    assert call.kind is Kind.RACE
    assert deceived(call) == [Stage.ENTRY]


@given(addresses, st.data())
def test_insignificant_bytes_of_an_address_never_do(before: bytes, data: st.DataObject) -> None:
    length = _significant(Form.SOCKET_ADDRESS, before)
    room = len(before) - length
    after = before[:length] + data.draw(st.binary(min_size=room, max_size=room))
    call = CALLS[Form.SOCKET_ADDRESS]
    assert judged(play(call, looks(before, after, before)), table=BY_FORM).kind is None


def _significant(form: Form, data: bytes) -> int:
    """Count the bytes that decide, told apart from the code that is tested."""
    if form is not Form.SOCKET_ADDRESS or len(data) < 2 or data[1]:
        return len(data)
    if data[0] == 1 and len(data) > 2 and data[2]:
        return data.index(b"\0", 2) + 1 if b"\0" in data[2:] else len(data)
    return min(len(data), {0: 8, 2: 8, 10: 28, 16: 12}.get(data[0], len(data)))
