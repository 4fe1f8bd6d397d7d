from __future__ import annotations

import pytest

from detector.bench.spread import ratios, spread, to_middle


def test_a_spread_is_the_middle_and_the_quartiles() -> None:
    told = spread([5.0, 1.0, 3.0, 2.0, 4.0])
    assert (told.low, told.median, told.high) == (2.0, 3.0, 4.0)
    assert spread([7.0]) == spread([7.0, 7.0])


def test_ratios_are_taken_round_by_round() -> None:
    told = ratios([10.0, 40.0, 90.0], [10.0, 20.0, 30.0])
    assert told is not None
    assert told.median == 2.0


@pytest.mark.parametrize("floor", [[0.0, 0.0], [-1.0, 0.0]])
def test_nothing_to_divide_by_is_no_ratio(floor: list[float]) -> None:
    assert ratios([1.0, 2.0], floor) is None


def test_a_small_floor_is_taken_in_its_middle_and_no_round_is_left_out() -> None:
    told = to_middle([30.0, 40.0, 50.0], [-1.0, 20.0, 10.0])
    assert told is not None
    assert (told.low, told.median, told.high) == (3.5, 4.0, 4.5)
    assert to_middle([1.0, 2.0], [-1.0, 1.0]) is None
