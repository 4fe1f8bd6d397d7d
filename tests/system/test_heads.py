"""What real collectors wrote of a recording's head is a head that `verify --head` takes."""

from __future__ import annotations

import pytest

from detector.recording.arrived import head_in
from tests.system.conftest import StartOutlet, StartRsyslog
from tests.system.journald import Journald
from tests.system.messages import one_of_each
from tests.system.rsyslog import DebianRsyslog, wait_until
from tests.unit.messages import make_head

NOTICE = make_head()


@pytest.mark.parametrize(
    "options",
    [
        f"?rfc={rfc}{more}"
        for rfc in ("5424", "3164")
        for more in ("", *(f"&format={name}" for name in ("json", "ocsf", "ecs", "cef", "tracee")))
    ],
)
def test_in_the_files_of_debians_rsyslog(
    debian: DebianRsyslog, outlet: StartOutlet, options: str
) -> None:
    sinks = outlet(f"syslog+unix://{debian.socket}{options}")
    sinks.send(one_of_each()[0])
    sinks.send(NOTICE)
    wait_until(lambda: len(debian.auth_log()) == 2, "both arrived")
    alert, head = debian.auth_log()
    assert head_in(head) == NOTICE.head
    assert head_in(alert) is None


def test_in_what_debians_rsyslog_writes_of_the_local_form(
    debian: DebianRsyslog, outlet: StartOutlet
) -> None:
    sinks = outlet(f"syslog+unix://{debian.socket}")
    sinks.send(NOTICE)
    wait_until(lambda: len(debian.auth_log()) == 1, "it arrived")
    assert head_in(debian.auth_log()[0]) == NOTICE.head


def test_in_what_came_over_the_network(rsyslog: StartRsyslog, outlet: StartOutlet) -> None:
    collector = rsyslog()
    sinks = outlet(f"syslog+tcp://127.0.0.1:{collector.tcp}")
    sinks.send(NOTICE)
    wait_until(lambda: collector.lines() == 1, "it arrived")
    (message,) = collector.received()
    assert head_in(message["raw"]) == NOTICE.head
    assert message["msgid"] == "recording-head"


@pytest.mark.parametrize("output", ["short", "short-iso", "short-iso-precise", "json", "export"])
def test_in_what_journalctl_writes(journald: Journald, outlet: StartOutlet, output: str) -> None:
    sinks = outlet(f"journald:{journald.socket}")
    sinks.send(one_of_each()[0])
    sinks.send(NOTICE)
    wait_until(lambda: len(journald.entries("SYSLOG_IDENTIFIER=toctrace")) == 2, "both are written")
    found = [head_in(line) for line in journald.lines(output)]
    assert [head for head in found if head is not None] == [NOTICE.head]
