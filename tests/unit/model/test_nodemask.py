"""Node lists."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.model.nodemask import nodelist, nodes, shortlist

node_sets = st.sets(st.integers(0, 1023), max_size=200)


@given(node_sets)
def test_a_mask_gives_its_nodes_back(numbers: set[int]) -> None:
    mask = sum(1 << number for number in numbers).to_bytes(128, "little")
    assert nodes(mask) == tuple(sorted(numbers))


@pytest.mark.parametrize(
    ("numbers", "text"), [((), "-"), ((0,), "0"), ((0, 2, 3), "0,2-3"), ((3, 1, 2), "1-3")]
)
def test_a_list_is_written_as_the_kernel_writes_it(numbers: tuple[int, ...], text: str) -> None:
    assert nodelist(numbers) == text


@given(node_sets, st.integers(24, 100))
def test_a_short_list_fits_and_counts_what_it_leaves_out(numbers: set[int], width: int) -> None:
    text = shortlist(numbers, width)
    assert len(text) <= width
    found = re.fullmatch(r"(\S+) and (\d+) more", text)
    if found is None:
        assert text == nodelist(numbers)
    else:
        shown = 0
        for run in found[1].split(","):
            first, _, last = run.partition("-")
            shown += int(last or first) - int(first) + 1
        assert shown + int(found[2]) == len(numbers)
