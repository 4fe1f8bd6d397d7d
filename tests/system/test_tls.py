"""Whom TLS lets in: the right certificate for the right name, in both directions."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.system.conftest import StartOutlet, StartRsyslog
from tests.system.messages import alerts, ids
from tests.system.rsyslog import wait_until

WRONG = {
    "wrong-name": ("localhost", "ca", "is not for localhost: use the name that it is for"),
    "expired": ("localhost", "ca", "has expired: renew it there"),
    "server": ("localhost", "other-ca", "give the CA that signed it by ?ca=FILE"),
}


@pytest.mark.parametrize("server", WRONG)
def test_a_server_that_is_not_the_right_one_gets_nothing_and_the_reason_is_clear(
    server: str, rsyslog: StartRsyslog, outlet: StartOutlet, certificates: Path
) -> None:
    host, authority, reason = WRONG[server]
    collector = rsyslog(server=server)
    sinks = outlet(f"syslog+tls://{host}:{collector.tls}?ca={certificates}/{authority}.pem")
    sinks.send(alerts(1)[0])
    wait_until(lambda: bool(sinks.states()[0].failure), "it failed")
    (state,) = sinks.states()
    assert reason in state.failure
    assert (state.sent, state.queued) == (0, 1)
    assert collector.received() == []


def test_a_name_that_is_said_is_the_one_that_counts(
    rsyslog: StartRsyslog, outlet: StartOutlet, certificates: Path
) -> None:
    collector = rsyslog(server="wrong-name")
    sinks = outlet(
        f"syslog+tls://127.0.0.1:{collector.tls}?ca={certificates}/ca.pem&name=elsewhere.example"
    )
    sinks.send(alerts(1)[0])
    wait_until(lambda: set(collector.ids()) == ids(alerts(1)), "it arrived")


def test_a_client_shows_its_certificate_where_one_is_wanted(
    rsyslog: StartRsyslog, outlet: StartOutlet, certificates: Path
) -> None:
    collector = rsyslog(server="server", auth="x509/name")
    plain = f"syslog+tls://localhost:{collector.tls}?ca={certificates}/ca.pem"
    own = f"{plain}&cert={certificates}/client.pem&key={certificates}/client.key"
    sinks = outlet(own)
    sinks.send(alerts(1)[0])
    wait_until(lambda: set(collector.ids()) == ids(alerts(1)), "it arrived")
    sinks.close(2)
    refused = outlet(plain)
    refused.send(alerts(1, 1)[0])
    wait_until(lambda: bool(refused.states()[0].failure), "it was refused")
    refused.close(1)
    assert set(collector.ids()) == ids(alerts(1))
    # it waits on disk: with the certificate it goes through
    outlet(own)
    wait_until(lambda: set(collector.ids()) == ids(alerts(2)), "the other arrived")
