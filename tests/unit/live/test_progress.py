from __future__ import annotations

import pytest

from detector.live.progress import line


@pytest.mark.parametrize(
    ("missing", "expected"),
    [
        (0, "watching: 1,234 calls judged, 5 findings, 6 lost"),
        (2, "watching: 1,234 calls judged, 5 findings, 6 lost, 2 stages MISSING"),
    ],
)
def test_progress_is_one_line_that_hides_nothing(missing: int, expected: str) -> None:
    assert line(judged=1234, findings=5, lost=6, missing=missing) == expected
