"""Times and durations."""

from __future__ import annotations

from datetime import datetime

import pytest

from detector.render.moment import duration, for_a_person, rfc3339


def test_a_time_is_rfc_3339_with_nanoseconds() -> None:
    assert rfc3339(1_700_000_000_000_000_007) == "2023-11-14T22:13:20.000000007Z"
    assert datetime.fromisoformat(rfc3339(1_700_000_000_000_000_007)).year == 2023


def test_a_person_reads_milliseconds() -> None:
    assert for_a_person(1_700_000_000_999_999_999) == "2023-11-14 22:13:20.999 UTC"


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(-1, "0.0 s"), (12.345, "12.3 s"), (60, "1 min 0 s"), (7325, "2 h 2 min")],
)
def test_a_duration_is_short(seconds: float, shown: str) -> None:
    assert duration(int(seconds * 1e9)) == shown
