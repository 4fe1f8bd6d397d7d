from __future__ import annotations

import json
from pathlib import Path

import pytest

from detector.config.settings import Settings
from detector.errors import UsageError
from detector.exits import Exit
from detector.live.alerting import DROPPED, Alerting
from detector.live.verdict import Allowed
from detector.sinks.url import parse_sink
from tests.unit.alerts import make_alert
from tests.unit.samples import META, findings, make_observation


def opened(tmp_path: Path, *urls: str) -> Alerting:
    sinks = tuple(parse_sink(url) for url in urls)
    return Alerting(Settings(sinks=sinks, spool=tmp_path / "spool"), META)


def lines(file: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in file.read_text().splitlines()]


def test_findings_and_the_observation_arrive_and_the_states_are_in_it(tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    alerting = opened(tmp_path, f"jsonl:{file}")
    alerting.start()
    for finding in findings().values():
        alerting.alert(make_alert(finding))
    told = alerting.conclude(make_observation(), Allowed())
    (state,) = told.sinks
    assert (state.sent, state.queued, state.dropped) == (len(findings()), 0, 0)
    written = lines(file)
    assert [line["type"] for line in written] == ["finding"] * len(findings()) + ["observation"]
    assert written[-1]["sinks"] == [
        {"name": f"jsonl:{file}", "sent": len(findings()), "queued": 0, "dropped": 0}
        | {"failure": None, "age_s": 0.0}
    ]


def test_what_a_sink_dropped_is_a_loss_of_the_run(tmp_path: Path) -> None:
    alerting = opened(tmp_path, f"jsonl:{tmp_path}/a.jsonl")
    alerting.start()
    alerting._outlet._lanes[0][0].backlog.lose(5)
    told = alerting.conclude(make_observation(), Allowed())
    assert told.lost == {DROPPED: 5}
    assert told.tool_status == Exit.DEGRADED
    assert not told.whole


def test_without_sinks_the_observation_is_as_it_was(tmp_path: Path) -> None:
    alerting = opened(tmp_path)
    alerting.start()
    alerting.alert(make_alert())
    assert alerting.conclude(make_observation(), Allowed()) == make_observation()
    assert not (tmp_path / "spool").exists()


def test_what_never_started_leaves_nothing_behind_that_is_locked(tmp_path: Path) -> None:
    url = f"jsonl:{tmp_path}/a.jsonl"
    opened(tmp_path, url).close()
    again = opened(tmp_path, url)
    again.start()
    again.close()
    assert [path.name for path in (tmp_path / "spool").glob("*/*")] == ["0"]


def test_a_sink_that_cannot_be_used_is_a_wrong_usage_before_anything_starts(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="ca=/none cannot be used"):
        opened(tmp_path, "syslog+tls://host?ca=/none")
