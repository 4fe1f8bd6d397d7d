from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.model.observation import SinkState
from detector.render.status_line import BEGUN, Standing, status_line

UP = SinkState(name="journald:", sent=3, queued=0, dropped=0)
DOWN = SinkState(name="syslog+tcp://x:514", sent=0, queued=345, dropped=0, failure="refused")
GOOD = Standing(at_s=62.0, calls=12_500, findings=17, lost=0, missing=0, sinks=(UP, UP))
BEFORE = msgspec.structs.replace(GOOD, at_s=60.0, calls=12_000, findings=16)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "watching 01:02  250 calls/s  0.5 findings/s (17)  0 lost  2 sinks up"),
        ({"sinks": ()}, "watching 01:02  250 calls/s  0.5 findings/s (17)  0 lost"),
        (
            {"lost": 1234},
            "watching 01:02  250 calls/s  0.5 findings/s (17)  2 sinks up  1,234 LOST",
        ),
        (
            {"missing": 4, "sinks": (UP, DOWN)},
            "250 calls/s  0.5 findings/s  4 stages MISSING  1 of 2 sinks DOWN, 345 waiting",
        ),
        ({"missing": 1}, "250 calls/s  0.5 findings/s (17)  0 lost  2 sinks up  1 stage MISSING"),
        (
            {"sinks": (UP, DOWN)},
            "250 calls/s  0.5 findings/s (17)  0 lost  1 of 2 sinks DOWN, 345 waiting",
        ),
        (
            {"sinks": (msgspec.structs.replace(UP, dropped=7),), "lost": 7},
            "250 calls/s  0.5 findings/s  7 LOST  0 of 1 sink DOWN, 0 waiting, 7 DROPPED",
        ),
    ],
)
def test_a_line_says_rates_losses_and_sinks_and_drops_first_what_is_in_order(
    changes: dict[str, object], expected: str
) -> None:
    assert status_line(msgspec.structs.replace(GOOD, **changes), BEFORE, 79) == expected


def test_the_first_line_counts_from_the_beginning() -> None:
    first = Standing(at_s=2.0, calls=4, findings=0, lost=0, missing=0, sinks=())
    assert status_line(first, BEGUN, 79) == "watching 00:02  2.0 calls/s  0 findings/s (0)  0 lost"


def test_a_long_run_has_hours() -> None:
    later = msgspec.structs.replace(GOOD, at_s=100 * 3600 + 62.0)
    assert status_line(later, GOOD, 200).startswith("watching 100:01:02  ")


def test_trouble_alone_is_coloured_and_nothing_without_colour() -> None:
    bad = msgspec.structs.replace(GOOD, lost=3)
    assert status_line(bad, BEFORE, 200, colour=True).endswith("\x1b[1;31m3 LOST\x1b[0m")
    assert "\x1b" not in status_line(GOOD, BEFORE, 200, colour=True)
    assert "\x1b" not in status_line(bad, BEFORE, 200)


numbers = st.integers(0, 2**50)


@given(
    st.builds(
        Standing,
        at_s=st.floats(0, 1e9),
        calls=numbers,
        findings=numbers,
        lost=numbers,
        missing=st.integers(0, 20),
        sinks=st.lists(st.sampled_from([UP, DOWN]), max_size=3).map(tuple),
    ),
    st.integers(1, 200),
)
def test_no_line_is_wider_than_the_terminal(now: Standing, width: int) -> None:
    assert 0 < len(status_line(now, BEGUN, width)) <= width
