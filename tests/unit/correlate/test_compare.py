"""Bits are compared on what both looks could read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.correlate import compare
from detector.model.nodemask import nodes
from detector.model.snapshot import Content, Unread
from tests.unit.builders import content, partly_read, unreadable


def test_a_shorter_mask_is_zero_extended() -> None:
    assert not compare.differ(content(0, 3), content(0, 3, length=128))
    assert compare.differ(content(0, 3), content(0, 3, 900, length=128))


def test_bits_that_came_and_went_are_told_apart() -> None:
    earlier, later = content(0, 1), content(1, 2)
    assert nodes(compare.as_mask(compare.came(earlier, later))) == (2,)
    assert nodes(compare.as_mask(compare.went(earlier, later))) == (0,)


def test_what_one_look_could_not_read_does_not_differ() -> None:
    assert not compare.differ(partly_read(0, unread=(8, 16), length=16), content(0, 100, length=16))
    assert compare.differ(partly_read(0, unread=(8, 16), length=16), content(1, 100, length=16))


def test_reads_more_is_about_words_and_about_what_lies_beyond() -> None:
    assert compare.reads_more(unreadable(), content())
    assert compare.reads_more(content(beyond=None), content())
    assert not compare.reads_more(content(), unreadable())
    assert not compare.reads_more(unreadable(), unreadable())


def test_nothing_read_needs_something_to_read() -> None:
    assert compare.nothing_read(unreadable())
    assert not compare.nothing_read(partly_read(unread=(0, 8), length=16))
    assert not compare.nothing_read(content(length=0))


def test_no_bits_are_an_empty_mask() -> None:
    assert compare.as_mask(0) == b""
    assert compare.as_mask(1 << 8) == b"\x00\x01"


@pytest.mark.parametrize("gap", [(8, 0), (-8, -1), (0, 1 << 60), (1 << 60, 1 << 61)])
def test_absurd_gaps_are_cut_to_a_page(gap: tuple[int, int]) -> None:
    absurd = Content(address=1, bits=64, data=bytes(8), unread=(Unread(*gap, 14),))
    assert compare.unread(absurd).bit_length() <= compare.MOST_BYTES * 8


@given(st.binary(max_size=32), st.binary(max_size=32))
def test_came_and_went_are_exactly_the_difference(left: bytes, right: bytes) -> None:
    earlier = Content(address=1, bits=256, data=left)
    later = Content(address=1, bits=256, data=right)
    came, went = compare.came(earlier, later), compare.went(earlier, later)
    assert came | went == compare.number(earlier) ^ compare.number(later)
    assert not came & went
    assert compare.differ(earlier, later) == bool(came | went)
