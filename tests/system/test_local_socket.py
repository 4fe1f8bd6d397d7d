"""The local socket of Debian's rsyslog, in its own configuration."""

from __future__ import annotations

import json

from tests.system.conftest import StartOutlet
from tests.system.messages import one_of_each
from tests.system.rsyslog import DebianRsyslog, wait_until


def test_the_json_in_auth_log_is_the_findings(debian: DebianRsyslog, outlet: StartOutlet) -> None:
    numbered = one_of_each()
    sinks = outlet(f"syslog+unix://{debian.socket}")
    for alert in numbered:
        sinks.send(alert)
    wait_until(lambda: len(debian.auth_log()) >= len(numbered), "all arrived")
    lines = debian.auth_log()
    assert len(lines) == len(numbered)
    for alert, line in zip(numbered, lines, strict=True):
        before, _, text = line.partition("@cee: ")
        document = json.loads(text)
        assert " toctrace[4711]: " in before
        # 1024 nodes at every stage are too long for a line: the flat form has the alert's id as its
        flat = document["cut"] == "json" if "cut" in document else False
        assert (document["id"] if flat else document["alert"]["id"]) == alert.id
        assert document["kind"] == alert.finding.kind
        assert document["message"] == alert.finding.message
    assert sum('"cut": "json"' in line for line in lines) == 1


def test_other_forms_are_lines_there_too(debian: DebianRsyslog, outlet: StartOutlet) -> None:
    urls = [f"syslog+unix://{debian.socket}?rfc={rfc}" for rfc in ("5424", "3164")]
    sinks = outlet(*urls)
    sinks.send(one_of_each()[0])
    wait_until(lambda: len(debian.auth_log()) == 2, "both arrived")
