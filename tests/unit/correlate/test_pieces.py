"""Arrays that the kernel uses a piece at a time: what of them was used, element by element."""

from __future__ import annotations

import struct

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.model.form import Form
from detector.model.judgement import JudgedArgument, JudgedCall, Kind, Verdict
from detector.model.snapshot import NOT_USED, Content, Unread
from detector.model.stage import Stage
from detector.syscalls.entry import Argument
from tests.unit.forms import ENTRY_AND_EXIT, judged, looks, play, raw, syscall, unread_bytes

NODES = syscall(
    "nodes",
    Argument(name="nodes", position=0, length_position=2, form=Form.INTEGERS, in_pieces=True),
    success_is_use=False,
)
TABLE = {NODES.name: NODES}
USE, EXIT = (Stage.ENTRY, Stage.USE), (Stage.ENTRY, Stage.EXIT)


def ints(*values: int) -> bytes:
    return struct.pack(f"={len(values)}i", *values)


def used(*values: int | None) -> Content:
    """Make a use; None: no piece had that element."""
    content = raw(ints(*(value or 0 for value in values)), address=0)
    gaps = (Unread(4 * nth, 4 * nth + 4, NOT_USED) for nth, v in enumerate(values) if v is None)
    return msgspec.structs.replace(content, unread=tuple(gaps))


def call_of(
    entry: bytes | Content, use: Content | None, exit_: bytes | Content, **changes: object
) -> JudgedCall:
    return judged(play(NODES, looks(entry, use, exit_), **changes), table=TABLE)


def nodes(call: JudgedCall) -> JudgedArgument:
    (argument,) = call.arguments
    return argument


AA, AB = ints(0, 0), ints(0, 1)


@pytest.mark.parametrize(
    ("entry", "use", "exit_", "kind", "window"),
    [
        (AA, used(0, 0), AA, None, None),
        (AA, used(0, None), AA, None, None),
        (AA, used(None, None), AA, None, None),
        (AA, None, AA, None, None),
        (AA, used(0, 1), AB, Kind.RACE, USE),
        (AA, used(None, 1), AB, Kind.RACE, USE),
        (AA, used(0, 1), AA, Kind.RESTORE, USE),
        (AA, used(0, 0), AB, Kind.LATE, (Stage.USE, Stage.EXIT)),
        # which of the two was used is not known of an element that no piece had
        (AA, used(0, None), AB, Kind.RACE, EXIT),
        (AA, None, AB, Kind.RACE, EXIT),
    ],
)
def test_what_was_used_decides_and_of_the_rest_the_ends_do(
    entry: bytes,
    use: Content | None,
    exit_: bytes,
    kind: Kind | None,
    window: tuple[Stage, Stage] | None,
) -> None:
    call = call_of(entry, use, exit_)
    assert (call.kind, nodes(call).window) == (kind, window)
    assert call.lost == 0
    seen = window is not None and Stage.USE in window
    assert call.copy_observed is seen


def test_who_was_deceived_follows_from_what_was_used() -> None:
    def deceived(*given: bytes | Content) -> list[Stage]:
        entry, use, exit_ = given
        assert isinstance(use, Content)
        call = call_of(entry, use, exit_)
        return [observer.stage for observer in nodes(call).observers if observer.deceived]

    assert deceived(AA, used(0, 1), AB) == [Stage.ENTRY]
    assert deceived(AA, used(0, 1), AA) == [Stage.ENTRY, Stage.EXIT]
    assert deceived(AA, used(0, 0), AB) == [Stage.EXIT]
    assert deceived(AA, used(0, None), AB) == [Stage.ENTRY]
    assert deceived(AA, used(0, None), AA) == []


def test_a_look_that_was_denied_counts_where_its_page_was_held() -> None:
    denied = unread_bytes(AA, 0, 8)
    assert call_of(denied, used(0, 1), AB).kind is None
    held = call_of(denied, used(0, 1), AB, fault_held=True)
    assert (held.kind, nodes(held).window) == (Kind.BLIND, USE)
    unused = call_of(denied, used(None, None), AB, fault_held=True)
    assert (unused.kind, nodes(unused).window) == (Kind.BLIND, EXIT)


def test_a_part_that_was_denied_does_not_hide_a_change_of_another_one() -> None:
    part = unread_bytes(AA, 4, 8)
    call = call_of(part, used(1, 1), ints(1, 1), fault_held=True)
    assert (call.kind, nodes(call).window) == (Kind.RACE, USE)


def test_without_the_use_the_ends_alone_are_held_against_each_other() -> None:
    items = [item for item in play(NODES, looks(AA, used(0, 1), AB)) if item.stage is not Stage.USE]
    items[-1] = msgspec.structs.replace(items[-1], sequence=1)
    call = judged(items, armed=ENTRY_AND_EXIT, table=TABLE)
    assert (call.kind, nodes(call).window) == (Kind.RACE, EXIT)
    assert not call.copy_observed


small = st.integers(0, 3)


@given(st.lists(st.tuples(small, st.booleans()), max_size=8))
def test_elements_that_stay_never_show_a_kind(drawn: list[tuple[int, bool]]) -> None:
    data = ints(*(value for value, _ in drawn))
    call = call_of(data, used(*(v if told else None for v, told in drawn)), data)
    assert call.kind is None
    assert Verdict.CHANGED not in {pair.verdict for pair in nodes(call).pairs}


@given(st.lists(st.tuples(small, small, st.booleans(), small), min_size=1, max_size=8))
def test_a_used_element_that_the_entry_had_otherwise_always_does(
    drawn: list[tuple[int, int, bool, int]],
) -> None:
    entry, exit_ = (ints(*(one[at] for one in drawn)) for at in (0, 3))
    use = used(*(value if told else None for _, value, told, _ in drawn))
    raced = any(told and value != before for before, value, told, _ in drawn)
    call = call_of(entry, use, exit_)
    assert (nodes(call).window == USE) is raced
    assert (call.kind is None) is (not raced and entry == exit_ and not _late(drawn))


def _late(drawn: list[tuple[int, int, bool, int]]) -> bool:
    return any(told and value != after for _, value, told, after in drawn)
