"""Tracee's events, held against what its api/v1beta1/event.proto and core.go say."""

from __future__ import annotations

import json
from typing import Any

import pytest

from detector.render.tracee import SEVERITY, tracee_line
from tests.unit.builders import ADDRESSES
from tests.unit.messages import messages
from tests.unit.samples import META

MESSAGES = messages()
VALUES = {"int32": int, "int64": str, "u_int64": str, "str": str, "pointer": str}
"""event_data.proto's fields that are used, and their JSON types."""


def document(name: str) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(tracee_line(MESSAGES[name], META))
    return told


def values(event: dict[str, Any]) -> dict[str, Any]:
    return {
        value["name"]: next(held for key, held in value.items() if key != "name")
        for value in event["data"]
    }


def test_an_alert_is_the_event_of_its_call_with_pointers_as_tracee_has_them() -> None:
    event = document("alert-race")
    assert (event["id"], event["name"]) == (257, "migrate_pages")
    assert event["data"][:5] == [
        {"name": "pid", "int32": 0},
        {"name": "maxnode", "u_int64": "65"},
        {"name": "old_nodes", "pointer": str(ADDRESSES["old_nodes"])},
        {"name": "new_nodes", "pointer": str(ADDRESSES["new_nodes"])},
        {"name": "returnValue", "int64": "0"},
    ]


def test_beside_the_pointers_stands_what_the_masks_held() -> None:
    held = values(document("alert-race"))
    assert [held[f"old_nodes.{stage}"] for stage in ("entry", "copy", "use", "exit")] == [
        "2",
        "1",
        "1",
        "1",
    ]
    assert "new_nodes.entry" in held
    assert values(document("alert-blind-held"))["old_nodes.entry"] == "unreadable (EFAULT)"


def test_a_pid_is_a_c_int_and_a_container_has_both_pids() -> None:
    event = document("alert-race-in-a-container")
    assert values(event)["pid"] == -1
    process = event["workload"]["process"]
    assert (process["host_pid"], process["pid"]) == (100, 7)
    assert process["thread"]["compat"] is True


@pytest.mark.parametrize("name", MESSAGES)
def test_every_value_has_the_type_that_its_field_has(name: str) -> None:
    event = document(name)
    assert {"timestamp", "id", "name", "workload", "data", "threat"} <= set(event)
    assert set(event) <= {"timestamp", "id", "name", "policies", "workload", "data", "threat"}
    for value in event["data"]:
        (field,) = set(value) - {"name"}
        assert type(value[field]) is VALUES[field]
    threat = event["threat"]
    assert set(threat) <= {"description", "mitre", "severity", "name", "properties"}
    assert threat["severity"] in SEVERITY.values()
    assert all(type(text) is str for text in threat.get("properties", {}).values())
