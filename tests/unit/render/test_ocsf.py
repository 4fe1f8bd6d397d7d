"""OCSF, read by Prowler's models of it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from py_ocsf_models.events.findings.detection_finding import DetectionFinding

from detector.model.finding import Finding
from detector.render.ocsf import ocsf_line
from tests.unit.hostile import hostile_findings
from tests.unit.messages import make_alert, messages
from tests.unit.samples import META, findings

MESSAGES = messages()
ALERTS = [name for name in MESSAGES if name.startswith("alert-")]


def document(name: str) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(ocsf_line(MESSAGES[name], META))
    return told


@pytest.mark.parametrize("name", ALERTS)
def test_an_alert_is_a_detection_finding(name: str) -> None:
    line = ocsf_line(MESSAGES[name], META)
    finding, told = DetectionFinding.model_validate_json(line), json.loads(line)
    assert (finding.class_uid, finding.category_uid) == (2004, 2)
    assert finding.type_uid == finding.class_uid * 100 + finding.activity_id
    assert finding.severity == finding.severity_id.name
    assert finding.finding_info.uid == told["finding_info"]["uid"]
    assert finding.finding_info.title == told["finding_info"]["title"]
    assert finding.metadata.version == "1.8.0"
    assert finding.time == told["time"]
    assert finding.count == told["count"]


@given(hostile_findings())
def test_a_hostile_finding_is_one_too(finding: Finding) -> None:
    read = DetectionFinding.model_validate_json(ocsf_line(make_alert(finding), META))
    assert read.finding_info.title == finding.title


def test_a_repeat_updates_the_finding() -> None:
    assert document("alert-race")["activity_name"] == "Create"
    folded = document("alert-folded")
    assert (folded["activity_name"], folded["count"]) == ("Update", 1500)
    assert folded["finding_info"]["uid"] == document("alert-race")["finding_info"]["uid"]


def test_a_test_is_no_alertable_signal() -> None:
    assert document("alert-race")["is_alert"] is True
    assert document("alert-test")["is_alert"] is False


def test_the_evidence_has_what_each_mask_held() -> None:
    (evidence,) = document("alert-race")["evidences"]
    old = evidence["data"]["masks"][0]
    assert [old["looks"][stage]["list"] for stage in ("entry", "copy", "use", "exit")] == [
        "2",
        "1",
        "1",
        "1",
    ]
    assert evidence["process"]["pid"] == findings()["race"].call.task.tgid


def test_what_could_not_be_observed_is_no_information_among_others() -> None:
    assert document("observation-clean")["severity"] == "Informational"
    assert document("observation-degraded")["severity"] == "Medium"
    assert document("observation-unobserved")["severity"] == "High"
    assert document("heartbeat")["class_uid"] == 0
