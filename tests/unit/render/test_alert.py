"""Alerts: one finding, or the first of several that repeat it, counted."""

from __future__ import annotations

import json
from collections.abc import Callable

import msgspec
import pytest
from hypothesis import given

from detector.folding.fold import Folding
from detector.model.alert import Alert
from detector.model.finding import Finding
from detector.render.alert_text import render_alert
from detector.render.jsonl import alert_line, finding_line, observation_line
from detector.render.observation_text import render_observation
from detector.render.text import render_finding
from tests.unit.hostile import hostile_findings
from tests.unit.render.test_jsonl import read
from tests.unit.render.test_text import assert_safe
from tests.unit.samples import META, findings, make_observation

RACE = findings()["race"]


def alerts(finding: Finding) -> list[Alert]:
    """Give the alert of a finding, then the one of 17 that repeat it within a minute."""
    folding = Folding(META.run)
    out = []
    for number in range(18):
        call = msgspec.structs.replace(finding.call, number=number)
        time_ns = finding.time_unix_ns + number * 1_000_000_000
        again = msgspec.structs.replace(finding, call=call, time_unix_ns=time_ns, interval_s=60.0)
        out += folding.feed(again, number)
    return [*out, *folding.finish()]


FIRST, REPEAT = alerts(RACE)


def test_the_first_reads_as_the_finding_itself() -> None:
    assert render_alert(FIRST, META) == render_finding(FIRST.finding, META)


@pytest.mark.parametrize(("alert", "name"), [(FIRST, "first"), (REPEAT, "repeat")])
def test_an_alert_is_its_golden_file(
    alert: Alert, name: str, golden: Callable[[str, str], None]
) -> None:
    golden(f"alert-{name}.json", alert_line(alert, META))
    golden(f"alert-{name}.txt", render_alert(alert, META))


@pytest.mark.parametrize("alert", [FIRST, REPEAT])
def test_its_line_is_the_findings_line_with_the_count_added(alert: Alert) -> None:
    line = read(alert_line(alert, META), "finding.json")
    told = line.pop("alert")
    assert line == json.loads(finding_line(alert.finding, META))
    assert (told["id"], told["count"], told["repeat"]) == (alert.id, alert.count, alert.repeat)
    assert told["interval_s"] == 60.0


@given(hostile_findings())
def test_hostile_names_neither_break_a_line_nor_reach_the_terminal(finding: Finding) -> None:
    for alert in alerts(finding):
        read(alert_line(alert, META), "finding.json")
        assert_safe(render_alert(alert, META))


def test_what_exceptions_kept_silent_is_said_and_never_plainly_clean() -> None:
    observation = make_observation(suppressed={"nodemask-race/backup": 3, "nodemask-late/x": 1})
    text = render_observation(observation)
    assert "excepted    3 nodemask-race/backup, 1 nodemask-late/x" in text
    assert "nothing found but 4 findings of rules' exceptions." in text.replace("\n", " ")
    line = read(observation_line(observation, META), "observation.json")
    assert line["suppressed"] == {"nodemask-race/backup": 3, "nodemask-late/x": 1}


def test_what_was_folded_is_said() -> None:
    observation = make_observation(folded={"nodemask-race": 17})
    assert "folded      17 nodemask-race" in render_observation(observation)
    line = read(observation_line(observation, META), "observation.json")
    assert line["folded"] == {"nodemask-race": 17}
