from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from detector.hunt.clock import Clock, clock_of
from detector.hunt.header_facts import HeaderFacts
from detector.hunt.int64 import MOST

ANY = st.integers(-(1 << 64), 1 << 64)


def at(begun: int, now: int, doubt: int = 0) -> HeaderFacts:
    return HeaderFacts("a", "b", 0, (begun, now), doubt, b"")


def test_a_clock_that_was_never_set_has_the_error_of_its_readings() -> None:
    assert clock_of([at(1_000, 1_002), at(1_000, 1_003)]) == Clock(1_000, 3)


def test_how_surely_a_clock_was_read_is_part_of_its_error() -> None:
    assert clock_of([at(1_000, 1_002, doubt=50), at(1_000, 1_000)]) == Clock(1_000, 52)


def test_a_clock_that_was_set_is_taken_as_it_mostly_was_and_its_error_says_how_far() -> None:
    headers = [at(1_000, 1_000), at(9_000, 9_000), at(9_000, 9_001)]
    assert clock_of(headers) == Clock(9_000, 8_000)


@given(st.lists(st.builds(at, ANY, ANY), min_size=1, max_size=6))
def test_the_error_spans_every_reading_that_a_real_clock_can_give(
    headers: list[HeaderFacts],
) -> None:
    clock = clock_of(headers)
    for made in headers:
        for reading in made.offsets_ns:
            held = min(max(reading, -MOST), MOST)
            assert abs(held - clock.offset_ns) <= clock.error_ns or clock.error_ns == MOST


@given(ANY, ANY, ANY)
def test_the_order_of_a_boot_never_changes(offset: int, earlier: int, later: int) -> None:
    clock = Clock(offset, 0)
    earlier, later = sorted((earlier, later))
    assert 0 <= clock.wall_ns(earlier) <= clock.wall_ns(later) <= MOST
