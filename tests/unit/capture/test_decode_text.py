"""Arguments of any length in a record."""

from __future__ import annotations

import struct

from hypothesis import given
from hypothesis import strategies as st

from detector.capture.decode_text import used_elements
from detector.model.snapshot import NOT_USED, Unread
from tests.unit.forms import raw

elements = st.lists(st.integers(-1, 3), max_size=12)


def ints(*values: int) -> bytes:
    return struct.pack(f"={len(values)}i", *values)


def test_elements_that_no_piece_had_are_gaps_and_zeros() -> None:
    content = used_elements(raw(ints(-1, 2, -1, -1, 0)))
    assert content.data == ints(0, 2, 0, 0, 0)
    assert content.unread == (Unread(0, 4, NOT_USED), Unread(8, 16, NOT_USED))


@given(elements)
def test_every_element_is_there_or_in_a_gap(values: list[int]) -> None:
    content = used_elements(raw(ints(*values)))
    missing = {at // 4 for gap in content.unread for at in range(gap.start, gap.end)}
    assert missing == {nth for nth, value in enumerate(values) if value == -1}
    assert content.data == ints(*(max(value, 0) for value in values))
