from __future__ import annotations

import struct

import pytest

from detector.capture.layouts import layout_of, layouts
from detector.capture.wire import LAYOUT, MASKS, NUMBERS, Exact
from detector.model.form import Form
from detector.syscalls.entry import Syscall
from detector.syscalls.migrate_pages import MIGRATE_PAGES
from detector.syscalls.table import SYSCALLS

LENGTHS = {
    Form.NODEMASK: "maxnode",
    Form.SOCKET_ADDRESS: "addrlen",
    Form.POINTERS: "count",
    Form.INTEGERS: "count",
}


def test_a_layout_says_where_each_mask_and_its_bits_are_and_which_is_narrowed() -> None:
    told = struct.unpack(LAYOUT.format, layout_of(MIGRATE_PAGES))
    assert told == (MIGRATE_PAGES.wire, 4, 2, 0b10, bytes((2, 3)), bytes((1, 1)), bytes(2), 0, 0)


def test_each_call_is_told_by_both_of_its_numbers() -> None:
    told = dict(layouts((MIGRATE_PAGES,)))
    assert set(told) == {256, NUMBERS + 294}
    assert set(told.values()) == {layout_of(MIGRATE_PAGES)}


@pytest.mark.parametrize("syscall", SYSCALLS, ids=lambda syscall: syscall.name)
def test_a_call_of_the_table_fits_what_the_programs_can_follow(syscall: Syscall) -> None:
    assert 0 < len(syscall.arguments) <= MASKS
    assert 0 < syscall.number < NUMBERS
    assert 0 < syscall.compat_number < NUMBERS
    for argument in syscall.arguments:
        assert syscall.names[argument.position] == argument.name
        if argument.length_position is None:
            assert argument.form in {Form.PATH, Form.WORDS}
        else:
            length = syscall.names[argument.length_position]
            assert length == LENGTHS[argument.form]


def test_no_two_calls_share_a_number() -> None:
    for numbers in (
        [syscall.wire for syscall in SYSCALLS],
        [syscall.number for syscall in SYSCALLS],
        [syscall.compat_number for syscall in SYSCALLS],
    ):
        assert len(set(numbers)) == len(numbers)
        assert 0 not in numbers


def test_a_call_of_texts_is_told_apart_and_one_that_replaces_the_caller_too() -> None:
    exact = {call.name: struct.unpack(LAYOUT.format, layout_of(call))[-2] for call in SYSCALLS}
    assert exact["openat"] == Exact.EXACT
    assert exact["execve"] == Exact.EXACT | Exact.NO_EXIT_LOOK | Exact.USED_APART
    assert exact["move_pages"] == Exact.EXACT | Exact.NO_USE | Exact.IN_PIECES
    assert exact["migrate_pages"] == 0
