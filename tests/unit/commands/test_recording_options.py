from __future__ import annotations

from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from detector.commands.recording_options import Kept, recorder, recording, size, span
from detector.commands.verify import command as verify
from detector.config.settings import Settings
from detector.errors import UsageError
from detector.live.alerting import Alerting
from detector.live.verdict import Allowed
from detector.sinks.url import parse_sink
from tests.unit.alerts import make_alert
from tests.unit.recording.made import TEXTS, items, live
from tests.unit.samples import META, make_observation

KEPT = Kept(rotate_size=1, rotate_age=1.0, max_disk=4 << 20, sign=None)
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
    with recorder(recording(None, KEPT), {}, lambda _: None) as opened:
        assert opened is None


def test_a_bound_on_disk_use_that_cannot_be_held_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--max-disk: at least 4M"):
        recording(tmp_path, Kept({**KEPT, "max_disk": 1 << 20}))


def test_heads_go_out_through_the_sinks_and_verify_takes_what_arrived_there(tmp_path: Path) -> None:
    case, arrived = tmp_path / "case", tmp_path / "arrived.jsonl"
    sinks = (parse_sink(f"jsonl:{arrived}?format=ecs"),)
    alerting = Alerting(Settings(sinks=sinks, spool=tmp_path / "spool"), META)
    alerting.start()
    kept = Kept({**KEPT, "rotate_size": 20_000})
    with recorder(recording(case, kept), TEXTS, alerting.head) as made:
        assert made is not None
        live(made, items(3000))
    alerting.alert(make_alert())
    alerting.conclude(make_observation(), Allowed())
    files = len(list(case.iterdir()))
    assert files > 3
    assert arrived.read_text().count('"recording-head"') == files
    done = CliRunner().invoke(verify, [str(case), "--head", str(arrived)])
    assert done.exit_code == 0, done.output
    assert "whole and sealed" in done.output
    max(case.iterdir()).unlink()
    done = CliRunner().invoke(verify, [str(case), "--head", str(arrived)])
    assert done.exit_code == 12
    assert "was given out" in done.output
