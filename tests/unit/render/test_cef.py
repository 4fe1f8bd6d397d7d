"""CEF, read by jc."""

from __future__ import annotations

from typing import Any

import jc
import msgspec
import pytest
from hypothesis import given

from detector.model.finding import Finding, Severity
from detector.model.message import Message
from detector.render.cef import SEVERITY, cef_line
from detector.render.safe import safe
from tests.unit.hostile import hostile_findings
from tests.unit.messages import hostile_messages, make_alert, messages
from tests.unit.samples import META, findings

MESSAGES = messages()


def read(line: str) -> dict[str, Any]:
    (event,) = jc.parse("cef", line, quiet=True)
    told: dict[str, Any] = event
    return told


@pytest.mark.parametrize("name", MESSAGES)
def test_each_message_is_read_back(name: str) -> None:
    event = read(cef_line(MESSAGES[name], META))
    assert (event["deviceVendor"], event["deviceProduct"]) == ("toctrace", "toctrace")
    assert event["deviceVersion"] == META.version
    assert event["dvchost"] == META.host
    assert event["run"] == META.run


def test_an_alert_says_who_what_and_where() -> None:
    finding = findings()["race"]
    event = read(cef_line(MESSAGES["alert-folded"], META))
    assert event["deviceEventClassId"] == finding.rule
    assert event["name"] == finding.title
    assert event["agentSeverity"] in {7, "7"}
    assert event["cnt"] == 1500
    assert (event["spid"], event["sproc"]) == (100, "racer")
    assert event["filePath"] == "/usr/local/bin/racer"
    assert event["window"] == "entry->copy"
    assert event["old_nodes"] == "entry 2, copy 1, use 1, exit 1"


@given(hostile_findings())
def test_a_hostile_name_forges_no_field(finding: Finding) -> None:
    plain = read(cef_line(make_alert(findings()["race"]), META))
    event = read(cef_line(make_alert(finding), META))
    optional = {
        "filePath",
        "fileHash",
        "fileId",
        "commandLine",
        "cgroup",
        "window",
        "old_nodes",
        "new_nodes",
        "sproc",
    }
    assert set(event) | optional >= set(plain) - {"outcome"}
    assert set(event) <= set(plain) | optional
    assert event["deviceEventClassId"] == finding.rule
    assert event["agentSeverityNum"] == SEVERITY[finding.severity]
    assert event["spid"] == finding.call.task.tgid


@given(hostile_messages())
def test_no_separator_is_left_unescaped(message: Message) -> None:
    line = cef_line(message, META)
    bare = line.replace("\\\\", "").replace("\\|", "").replace("\\=", "")
    assert "\\" not in bare
    assert bare.count("|") >= 7


@pytest.mark.parametrize(
    "comm", ["a b", "a=b cs1=high", "a\\", "a\\=b", "a|b", "x\ny", "%n\x1b[2J"]
)
def test_a_name_comes_back_as_it_is_shown(comm: str) -> None:
    finding = findings()["race"]
    task = msgspec.structs.replace(finding.call.task, comm=comm)
    call = msgspec.structs.replace(finding.call, task=task)
    alert = make_alert(msgspec.structs.replace(finding, call=call))
    assert read(cef_line(alert, META))["sproc"] == safe(comm)


def test_severities_only_rise() -> None:
    numbers = [SEVERITY[severity] for severity in Severity]
    assert numbers == sorted(numbers, reverse=True)
    assert set(numbers) <= set(range(11))


def test_a_title_with_a_bar_keeps_the_header_whole() -> None:
    finding = msgspec.structs.replace(findings()["race"], title="a|b\\c")
    assert "|a\\|b\\\\c|7|" in cef_line(make_alert(finding), META)
