from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from detector.hunt.stretch import MOST, STRETCHES, stretch


@given(st.integers(0, max(STRETCHES) * MOST - 1))
def test_a_span_is_covered_by_few_stretches_and_no_shorter_ones_would_do(span_ns: int) -> None:
    length = stretch(span_ns)
    assert span_ns < length * MOST
    shorter = [one for one in STRETCHES if one < length]
    assert not shorter or span_ns >= shorter[-1] * MOST


def test_a_span_past_all_bounds_is_still_told() -> None:
    assert stretch(1 << 63) == max(STRETCHES)
