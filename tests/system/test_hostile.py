"""A process with hostile names raises a finding: what collectors wrote holds it, and no more."""

from __future__ import annotations

import json
from pathlib import Path

import msgspec
import pytest

from detector.model.alert import Alert
from detector.model.process import Process
from detector.render.headline import headline
from tests.system.conftest import StartOutlet, StartRsyslog
from tests.system.journald import Journald
from tests.system.messages import FINDINGS, alert_of
from tests.system.rsyslog import DebianRsyslog, wait_until
from tests.system.test_journald import OURS
from tests.system.test_network import url_of
from tests.unit.hostile import NASTY
from tests.unit.samples import META

FORGED = "\n<0>1 2030-01-01T00:00:00Z forged forged - - - forged\n"
NAMES = (*NASTY, FORGED, '"] forged [x@1 y="', "%n<script>alert(1)</script>", "\x1b[31m\udcff]\\")


def hostile() -> list[Alert]:
    """Make an alert for each name, which is the process's everything."""
    made = []
    for number, name in enumerate(NAMES):
        finding = FINDINGS["race"]
        call = finding.call
        task = msgspec.structs.replace(call.task, comm=name)
        process = Process(
            executable=f"/tmp/{name}",
            command_line=(name, name),
            parent_tgid=1,
            parent_comm=name,
            cgroup_path=f"/{name}",
        )
        changed = msgspec.structs.replace(
            finding,
            call=msgspec.structs.replace(call, task=task),
            process=process,
            message=f"migrate_pages by {name}",
        )
        made.append(alert_of(changed, number))
    return made


ALERTS = hostile()


@pytest.mark.parametrize("how", ["udp", "tcp", "tls"])
def test_rsyslog_finds_the_fields_as_sent_and_no_line_is_forged(
    how: str, rsyslog: StartRsyslog, outlet: StartOutlet, certificates: Path
) -> None:
    collector = rsyslog(server="server")
    sinks = outlet(url_of(collector, how, certificates))
    for alert in ALERTS:
        sinks.send(alert)
    wait_until(lambda: len(collector.ids()) >= len(ALERTS), "all arrived")
    sinks.close(2)
    messages = collector.received()
    assert len(messages) == len(ALERTS)
    assert {message["app"] for message in messages} == {"toctrace"}
    for alert, message in zip(ALERTS, messages, strict=True):
        assert message["sd"]["toctrace@32473"] == headline(alert, META).fields


def test_auth_log_has_one_line_an_alert_and_nothing_that_a_terminal_obeys(
    debian: DebianRsyslog, outlet: StartOutlet
) -> None:
    sinks = outlet(f"syslog+unix://{debian.socket}")
    for alert in ALERTS:
        sinks.send(alert)
    wait_until(lambda: len(debian.auth_log()) >= len(ALERTS), "all arrived")
    lines = debian.auth_log()
    for alert, line in zip(ALERTS, lines, strict=True):
        document = json.loads(line.partition("@cee: ")[2])
        assert alert.id in {document["id"], document.get("alert", document).get("id")}
    assert all(line.isascii() and line.isprintable() for line in lines)


def test_journald_has_one_entry_an_alert_and_each_field_as_sent(
    journald: Journald, outlet: StartOutlet
) -> None:
    sinks = outlet(f"journald:{journald.socket}")
    for alert in ALERTS:
        sinks.send(alert)
    wait_until(lambda: len(journald.entries(OURS)) >= len(ALERTS), "all are written")
    entries = journald.entries()
    assert not [entry for entry in entries if str(entry.get("MESSAGE")).startswith("forged")]
    for alert, entry in zip(ALERTS, journald.entries(OURS), strict=True):
        for name, value in headline(alert, META).fields.items():
            assert entry[f"TOCTRACE_{name}".upper()] == value
