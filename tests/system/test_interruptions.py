"""A collector that is stopped, killed, frozen and started again under load."""

from __future__ import annotations

import itertools
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from detector.sinks.outlet import Outlet
from tests.system.conftest import StartOutlet, StartRsyslog
from tests.system.messages import alerts, ids
from tests.system.rsyslog import Rsyslog, wait_until
from tests.system.test_network import url_of

EVERY_S = 0.01


@contextmanager
def load(outlet: Outlet) -> Iterator[list[str]]:
    """Send an alert every 10 ms; the list grows by their ids."""
    sent: list[str] = []
    ending = threading.Event()

    def work() -> None:
        for number in itertools.count():
            if ending.wait(EVERY_S):
                return
            (alert,) = alerts(1, number)
            outlet.send(alert)
            sent.append(alert.id)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield sent
    finally:
        ending.set()
        thread.join()


def arrived(collector: Rsyslog, count: int) -> None:
    wait_until(lambda: len(set(collector.ids())) >= count, f"{count} arrived")


@pytest.mark.parametrize("how", ["udp", "tcp", "tls"])
def test_nothing_is_lost_when_it_is_stopped_killed_and_started_again(
    how: str, rsyslog: StartRsyslog, outlet: StartOutlet, certificates: Path
) -> None:
    collector = rsyslog(server="server")
    sinks = outlet(url_of(collector, how, certificates))
    with load(sinks) as sent:
        arrived(collector, 50)
        collector.kill()
        wait_until(lambda: bool(sinks.states()[0].failure), "the sink noticed")
        before = len(sent)
        wait_until(lambda: len(sent) > before + 50, "more was sent meanwhile")
        collector.start()
        arrived(collector, before + 50)
        collector.stop()
        before = len(sent)
        wait_until(lambda: len(sent) > before + 50, "more was sent meanwhile")
        collector.start()
        arrived(collector, before + 50)
    wait_until(lambda: set(collector.ids()) >= set(sent), "all arrived")
    assert set(collector.ids()) == set(sent)
    assert sinks.states()[0].dropped == 0


def test_a_frozen_collector_loses_nothing_and_holds_nothing_up(
    rsyslog: StartRsyslog, outlet: StartOutlet, certificates: Path
) -> None:
    collector = rsyslog(server="server")
    sinks = outlet(url_of(collector, "tcp", certificates))
    numbered = alerts(6000)
    with collector.frozen():
        for alert in numbered:
            sinks.send(alert)
        wait_until(lambda: sinks.states()[0].queued > 0, "its socket is full")
    wait_until(lambda: set(collector.ids()) >= ids(numbered), "all arrived", every_s=0.5)
    assert sinks.states()[0].dropped == 0


def test_past_the_bound_the_oldest_are_lost_and_the_count_is_exact_and_told(
    rsyslog: StartRsyslog, outlet: StartOutlet, certificates: Path
) -> None:
    collector = rsyslog()
    sinks = outlet(url_of(collector, "tcp", certificates), spool_bytes=256 << 10)
    collector.stop()
    wait_until(lambda: bool(sinks.states()[0].failure), "the sink noticed")
    numbered = alerts(2000)
    for alert in numbered:
        sinks.send(alert)
    sinks.flush(10)
    dropped = sinks.states()[0].dropped
    assert sinks.states()[0].queued + dropped == len(numbered)
    assert 0 < dropped < len(numbered)
    collector.start()
    arrived(collector, len(numbered) - dropped)
    assert set(collector.ids()) == ids(numbered[dropped:])
    told = [fields.get("dropped_before") for fields in collector.fields()]
    assert told[0] == str(dropped)
    assert sum(int(count) for count in told if count) == dropped
    assert sinks.states()[0].dropped == dropped


def test_what_waits_survives_the_end_of_the_tool(
    rsyslog: StartRsyslog, outlet: StartOutlet, certificates: Path
) -> None:
    collector = rsyslog()
    collector.stop()
    numbered = alerts(300)
    first = outlet(url_of(collector, "tcp", certificates))
    for alert in numbered[:200]:
        first.send(alert)
    first.close(1)
    second = outlet(url_of(collector, "tcp", certificates))
    for alert in numbered[200:]:
        second.send(alert)
    second.close(1)
    collector.start()
    outlet(url_of(collector, "tcp", certificates))
    wait_until(lambda: set(collector.ids()) >= ids(numbered), "all arrived")
    assert collector.ids() == [alert.id for alert in numbered]


def test_without_trouble_each_arrives_once_and_in_order(
    rsyslog: StartRsyslog, outlet: StartOutlet, certificates: Path
) -> None:
    collector = rsyslog(server="server")
    numbered = alerts(1000)
    for how in ("tcp", "tls"):
        sinks = outlet(url_of(collector, how, certificates))
        for alert in numbered:
            sinks.send(alert)
        sinks.close(20)
        arrived(collector, len(numbered))
    wait_until(lambda: len(collector.ids()) >= 2 * len(numbered), "all arrived")
    assert collector.ids() == [alert.id for alert in numbered] * 2
    assert set(Counter(collector.ids()).values()) == {2}
