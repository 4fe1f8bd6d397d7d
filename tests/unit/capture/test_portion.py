from __future__ import annotations

import itertools

from detector.capture.portion import POLL_BYTES, Portion

SNAPSHOT = 500


def taken(portion: Portion, size: int) -> int:
    """Count the records until it says to stop."""
    return next(n for n in itertools.count(1) if portion.took(size) < 0)


def test_a_reading_ends_with_the_portion() -> None:
    portion = Portion()
    portion.begin(POLL_BYTES)
    assert taken(portion, SNAPSHOT) == -(-POLL_BYTES // 512)  # a header of 8, and aligned to 8


def test_a_whole_ring_buffer_fits_into_a_portion_of_its_size() -> None:
    portion = Portion()
    portion.begin(512 * 10)
    assert [portion.took(SNAPSHOT) for _ in range(9)] == [0] * 9
    assert portion.took(SNAPSHOT) < 0  # the tenth was taken, and there is no room for another


def test_the_next_reading_has_a_portion_of_its_own() -> None:
    portion = Portion()
    for _ in range(2):
        portion.begin(5120)
        assert taken(portion, SNAPSHOT) == 10
