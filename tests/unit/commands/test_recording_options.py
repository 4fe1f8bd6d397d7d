from __future__ import annotations

from pathlib import Path

import click
import pytest

from detector.commands.recording_options import Kept, recorder, recording, size, span
from detector.errors import UsageError

KEPT = Kept(rotate_size=1, rotate_age=1.0, max_disk=4, sign=None)
CONTEXT, PARAMETER = click.Context(click.Command("x")), click.Option(["--x"])


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1", 1),
        ("4096B", 4096),
        ("64M", 64 << 20),
        ("4GiB", 4 << 30),
        ("2k", 2048),
        ("1T", 1 << 40),
    ],
)
def test_sizes_are_read(text: str, number: int) -> None:
    assert size(CONTEXT, PARAMETER, text) == number


@pytest.mark.parametrize(
    ("text", "seconds"), [("90", 90), ("10m", 600), ("1h", 3600), ("7d", 604800)]
)
def test_times_are_read(text: str, seconds: int) -> None:
    assert span(CONTEXT, PARAMETER, text) == seconds


@pytest.mark.parametrize("text", ["", "0", "-1", "x", "1.5M", "1Z", "9" * 30])
def test_what_is_no_size_or_time_is_refused(text: str) -> None:
    for read in (size, span):
        with pytest.raises(click.BadParameter):
            read(CONTEXT, PARAMETER, text)


def test_a_key_without_a_case_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--record"):
        recording(None, Kept({**KEPT, "sign": tmp_path}))


def test_nothing_is_recorded_where_nothing_was_asked_for() -> None:
    with recorder(recording(None, KEPT), ()) as opened:
        assert opened is None
