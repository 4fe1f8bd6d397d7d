"""10,000 findings at once, three sinks, one of them dead: nobody waits, and memory is bounded."""

from __future__ import annotations

import resource
import socket
from pathlib import Path

from tests.system.conftest import StartOutlet, StartRsyslog
from tests.system.messages import alerts, ids
from tests.system.rsyslog import free_port, wait_until
from tests.system.test_network import url_of

BURST = 10_000
MOST_BYTES = 100 << 20


def test_a_burst_arrives_where_somebody_listens_and_waits_where_nobody_does(
    rsyslog: StartRsyslog, outlet: StartOutlet, certificates: Path, tmp_path: Path
) -> None:
    collector = rsyslog(server="server")
    dead = f"syslog+tcp://127.0.0.1:{free_port(socket.SOCK_STREAM)}"
    file = tmp_path / "alerts.jsonl"
    numbered = alerts(BURST)
    sinks = outlet(url_of(collector, "tcp", certificates), dead, f"jsonl:{file}")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for alert in numbered:
        sinks.send(alert)
    wait_until(lambda: sinks.states()[2].sent == BURST, "the file has all", 120, 0.5)
    wait_until(lambda: collector.lines() >= BURST, "the collector has all", 120, 0.5)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert set(collector.ids()) == ids(numbered)
    assert file.read_bytes().count(b"\n") == BURST
    alive, down, written = sinks.states()
    assert (alive.dropped, down.dropped, written.dropped) == (0, 0, 0)
    assert (down.sent, down.queued) == (0, BURST)
    assert grown * 1024 < MOST_BYTES
