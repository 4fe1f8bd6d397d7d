"""What rsyslog wrote, parsed back by it, is what was sent: over UDP, TCP and TLS."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from detector.render.headline import headline
from tests.system.conftest import StartOutlet, StartRsyslog
from tests.system.messages import one_of_each
from tests.system.rsyslog import Rsyslog, wait_until
from tests.unit.samples import META

ALERTS = one_of_each()


def url_of(collector: Rsyslog, how: str, certificates: Path) -> str:
    return {
        "udp": f"syslog+udp://127.0.0.1:{collector.udp}",
        "tcp": f"syslog+tcp://127.0.0.1:{collector.tcp}",
        "tls": f"syslog+tls://localhost:{collector.tls}?ca={certificates}/ca.pem",
    }[how]


@pytest.mark.parametrize("how", ["udp", "tcp", "tls"])
def test_every_field_of_every_finding_arrives(
    how: str, rsyslog: StartRsyslog, outlet: StartOutlet, certificates: Path
) -> None:
    collector = rsyslog(server="server")
    sinks = outlet(url_of(collector, how, certificates))
    for alert in ALERTS:
        sinks.send(alert)
    assert sinks.flush(10)
    wait_until(lambda: len(collector.ids()) >= len(ALERTS), "all arrived")
    received = {message["sd"]["toctrace@32473"]["id"]: message for message in collector.received()}
    assert len(received) == len(ALERTS)
    for alert in ALERTS:
        head, message = headline(alert, META), received[alert.id]
        assert message["sd"]["toctrace@32473"] == head.fields
        assert message["msg"].lstrip() == head.text
        assert int(message["pri"]) == 10 * 8 + alert.finding.severity.number
        assert message["msgid"] == alert.finding.rule
        assert (message["host"], message["app"], message["procid"]) == (
            META.host,
            "toctrace",
            "4711",
        )
    (state,) = sinks.states()
    assert (state.sent, state.queued, state.dropped, state.failure) == (len(ALERTS), 0, 0, "")


def test_a_format_is_the_message_and_the_older_form_is_understood(
    rsyslog: StartRsyslog, outlet: StartOutlet
) -> None:
    collector = rsyslog()
    sinks = outlet(
        f"syslog+tcp://127.0.0.1:{collector.tcp}?format=json&facility=local3",
        f"syslog+tcp://127.0.0.1:{collector.tcp}?rfc=3164&format=ocsf",
    )
    sinks.send(ALERTS[0])
    wait_until(lambda: len(collector.received()) == 2, "both arrived")
    newer, older = sorted(collector.received(), key=lambda message: bool(message["procid"] == "-"))
    newer, older = (
        next(m for m in collector.received() if m["raw"].startswith("<155>1 ")),
        next(m for m in collector.received() if not m["raw"].startswith("<155>1 ")),
    )
    assert json.loads(newer["msg"])["alert"]["id"] == ALERTS[0].id
    assert json.loads(older["msg"])["class_uid"] == 2004
    assert (older["host"], older["app"]) == (META.host, "toctrace")
