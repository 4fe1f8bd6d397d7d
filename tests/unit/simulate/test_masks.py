from __future__ import annotations

import ctypes

from hypothesis import given
from hypothesis import strategies as st

from detector.simulate.masks import BODY, HeldMask, Mask, encode
from detector.simulate.pages import PAGE


@given(st.sets(st.integers(0, 1023)))
def test_bit_n_of_the_mask_is_node_n(nodes: set[int]) -> None:
    mask = encode(nodes)
    assert len(mask) == BODY
    assert {n for n in range(1024) if mask[n // 8] >> n % 8 & 1} == nodes


def test_a_held_masks_tail_begins_its_own_page() -> None:
    with HeldMask() as mask:
        assert mask.address + BODY == mask.tail_page
        assert mask.tail_page == mask.body_page + PAGE


def test_a_mask_holds_what_was_written() -> None:
    with Mask() as mask:
        mask.write((0, 63))
        assert ctypes.string_at(mask.address, 9) == b"\x01" + bytes(6) + b"\x80" + b"\x00"


def test_a_mask_for_32_bit_calls_lies_below_4_gib() -> None:
    with HeldMask(below_4g=True) as mask:
        assert mask.tail_page + PAGE <= 1 << 32
