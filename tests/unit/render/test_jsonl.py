"""JSON Lines, against golden files and against the published schemas."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import msgspec
import pytest
from hypothesis import given

from detector.model.enforcement import Enforced, Mode
from detector.model.finding import Finding
from detector.model.observation import Observation
from detector.render.jsonl import finding_line, observation_line
from detector.render.status import render_status
from tests.unit.hostile import hostile_findings, hostile_observations
from tests.unit.samples import META, findings, observations

SCHEMAS = Path(__file__).parents[3] / "docs" / "schema"
FINDINGS, OBSERVATIONS = findings(), observations()


def read(line: str, schema: str) -> dict[str, Any]:
    """Read one line as a stranger would: strictly, and by the published schema."""
    assert line.isascii()
    assert line.isprintable()
    document: dict[str, Any] = json.loads(line)
    validator = jsonschema.Draft202012Validator(json.loads((SCHEMAS / schema).read_text()))
    validator.validate(document)
    assert next(iter(document)) == "type"
    assert document["schema"] == 1
    return document


@pytest.mark.parametrize("name", FINDINGS)
def test_each_finding_is_its_golden_file(name: str, golden: Callable[[str, str], None]) -> None:
    line = finding_line(FINDINGS[name], META)
    assert read(line, "finding.json")["type"] == "finding"
    golden(f"finding-{name}.json", line)


@pytest.mark.parametrize("name", OBSERVATIONS)
def test_each_observation_is_its_golden_file(name: str, golden: Callable[[str, str], None]) -> None:
    line = observation_line(OBSERVATIONS[name], META)
    assert read(line, "observation.json")["type"] == "observation"
    golden(f"observation-{name}.json", line)


@given(hostile_findings())
def test_a_hostile_finding_is_one_valid_line(finding: Finding) -> None:
    document = read(finding_line(finding, META), "finding.json")
    # no lone surrogate is left: every reader can write it out again
    assert json.dumps(document, ensure_ascii=False).encode()
    assert document["kind"] == finding.kind


@given(hostile_observations())
def test_a_hostile_observation_is_one_valid_line(observation: Observation) -> None:
    document = read(observation_line(observation, META), "observation.json")
    assert json.dumps(document, ensure_ascii=False).encode()


def test_a_name_that_is_text_comes_back_unchanged() -> None:
    finding = FINDINGS["race"]
    comm = "\x1b[31m\u202e\n汉 ]\"'<script>%n\x7f"
    task = msgspec.structs.replace(finding.call.task, comm=comm)
    call = msgspec.structs.replace(finding.call, task=task)
    line = finding_line(msgspec.structs.replace(finding, call=call), META)
    assert json.loads(line)["task"]["comm"] == comm


def test_the_address_of_the_task_in_the_kernel_stays_inside() -> None:
    finding = FINDINGS["race"]
    line = finding_line(finding, META)
    assert str(finding.call.task.address) not in line
    assert f"{finding.call.task.address:x}" not in line


def test_the_id_is_the_same_again_and_another_for_another_run_call_or_rule() -> None:
    finding = FINDINGS["race"]
    others = [
        (finding, msgspec.structs.replace(META, run="another")),
        (msgspec.structs.replace(finding, rule="another"), META),
        (
            msgspec.structs.replace(finding, call=msgspec.structs.replace(finding.call, number=2)),
            META,
        ),
    ]
    ids = {json.loads(finding_line(one, meta))["id"] for one, meta in others}
    again = json.loads(finding_line(FINDINGS["race"], META))["id"]
    assert json.loads(finding_line(finding, META))["id"] == again
    assert len(ids - {again}) == len(others)


def test_a_race_says_what_each_observer_believed_and_what_the_kernel_used() -> None:
    old, new = json.loads(finding_line(FINDINGS["race"], META))["masks"]
    assert old["window"] == {"from": "entry", "to": "copy"}
    assert (old["came"]["nodes"], old["went"]["nodes"]) == ([1], [2])
    assert old["observers"][0] == {
        "stage": "entry",
        "believed": "2",
        "deceived": True,
        "kernel": "1",
    }
    assert new["kind"] is None
    assert new["came"] == {"nodes": [], "list": "-"}


def test_an_unreadable_look_has_no_nodes_rather_than_none_set() -> None:
    old, _ = json.loads(finding_line(FINDINGS["blind"], META))["masks"]
    look = old["looks"]["entry"]
    assert (look["read"], look["nodes"], look["list"], look["errno"]) == (
        "no",
        None,
        None,
        "EFAULT",
    )


def test_a_partly_read_look_says_which_nodes_it_lacks() -> None:
    old, _ = json.loads(finding_line(FINDINGS["blind-partly"], META))["masks"]
    look = old["looks"]["entry"]
    assert (look["read"], look["nodes"], look["beyond"]) == ("partly", [1], None)
    assert look["unread"] == [{"from": 64, "to": 127, "errno": "EFAULT"}]


def test_a_failed_copy_has_an_error_and_no_nodes() -> None:
    old, new = json.loads(finding_line(FINDINGS["withdrawn"], META))["masks"]
    assert old["looks"]["copy"]["nodes"] is None
    assert old["looks"]["copy"]["returned"] == -14
    assert old["observers"][0]["kernel"] is None
    assert new["looks"]["copy"] is None


@pytest.mark.parametrize("name", OBSERVATIONS)
def test_the_status_file_has_both_statuses_and_the_observation(name: str) -> None:
    observation = OBSERVATIONS[name]
    text = render_status(observation, 10)
    status = json.loads(text)
    schema = json.loads((SCHEMAS / "status.json").read_text())
    jsonschema.Draft202012Validator(schema).validate(status)
    assert text.endswith("}\n")
    assert status["exit_status"] == 10
    assert status["tool_status"] == observation.tool_status
    assert status["command_status"] == observation.command_status
    assert status["observation"]["complete"] is observation.whole


def test_what_enforcement_made_of_calls_is_told_where_it_was_on() -> None:
    raced = FINDINGS["race-refused"]
    assert "enforced" not in json.loads(finding_line(raced, META))
    refused = msgspec.structs.replace(raced, enforced=Enforced.REFUSED)
    assert read(finding_line(refused, META), "finding.json")["enforced"] == "refused"
    seen = OBSERVATIONS["clean"]
    assert "enforcement" not in json.loads(observation_line(seen, META))
    enforced = {Enforced.WOULD_REFUSE: 3}
    seen = msgspec.structs.replace(seen, enforce=Mode.DRY_RUN, enforced=enforced)
    line = read(observation_line(seen, META), "observation.json")
    assert line["enforcement"] == {"mode": "dry-run", "calls": {"would be refused": 3}}
