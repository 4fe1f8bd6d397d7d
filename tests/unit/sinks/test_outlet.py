"""The whole of it, with other ends that are plain sockets."""

from __future__ import annotations

import re
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from detector.errors import UsageError
from detector.model.message import Message
from detector.model.observation import SinkState
from detector.sinks import outlet as outlet_module
from detector.sinks.outlet import Outlet, SpoolSettings, default_folder
from detector.sinks.url import parse_sink
from tests.unit.alerts import SENDER, make_alert, make_heartbeat
from tests.unit.samples import META

Start = Callable[..., Outlet]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    made: list[Outlet] = []

    def open_outlet(*urls: str) -> Outlet:
        spool = SpoolSettings(folder=tmp_path / "spool")
        made.append(Outlet([parse_sink(url) for url in urls], META, SENDER, spool))
        made[-1].start()
        return made[-1]

    yield open_outlet
    for outlet in made:
        outlet.close(0.2)


def wait_until(true: Callable[[], bool], what: str) -> None:
    until = time.monotonic() + 20
    while not true():
        assert time.monotonic() < until, what
        time.sleep(0.01)


def frames(data: bytes) -> list[bytes]:
    """Split octet-counted frames (RFC 6587)."""
    found = []
    while counted := re.match(rb"([1-9]\d*) ", data):
        end = counted.end() + int(counted[1])
        found.append(data[counted.end() : end])
        data = data[end:]
    assert data == b""
    return found


def messages(count: int) -> list[Message]:
    return [make_alert(number=number) for number in range(count)]


def test_frames_are_counted_in_octets_and_the_end_is_waited_for(start: Start) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        outlet = start(f"syslog+tcp://127.0.0.1:{server.getsockname()[1]}")
        for message in messages(20):
            outlet.send(message)
        peer, _ = server.accept()
        closing = threading.Thread(target=outlet.close, args=(10,))
        closing.start()
        with peer, peer.makefile("rb") as stream:
            received = frames(stream.read())
        closing.join()
    assert [frame.count(b"%032x" % number) for number, frame in enumerate(received)] == [1] * 20
    assert outlet.states() == (
        SinkState(name=outlet.states()[0].name, sent=20, queued=0, dropped=0),
    )


def test_a_collector_that_never_confirms_gets_them_again_from_the_next_run(start: Start) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"syslog+tcp://127.0.0.1:{server.getsockname()[1]}"
        outlet = start(url)
        outlet.send(make_alert())
        first, _ = server.accept()
        wait_until(lambda: outlet.states()[0].sent == 1, "it was sent")
        outlet.close(2)  # nobody says the end on the other side
        assert (outlet.states()[0].sent, outlet.states()[0].queued) == (0, 1)
        first.close()
        start(url)
        second, _ = server.accept()
        with second:
            second.settimeout(20)
            assert b"%032x" % 1 in second.recv(9000)


def test_a_message_cut_off_by_a_broken_connection_comes_whole_over_the_next(start: Start) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        outlet = start(f"syslog+tcp://127.0.0.1:{server.getsockname()[1]}")
        first, _ = server.accept()
        outlet.send(make_alert(number=1))
        first.settimeout(20)
        first.recv(10)
        first.close()  # with the rest unread: a reset
        second, _ = server.accept()
        with second:
            second.settimeout(20)
            (frame,) = frames(second.recv(9000))
    assert b"%032x" % 1 in frame


def test_a_slow_collector_holds_up_neither_send_nor_another_sink(
    start: Start, tmp_path: Path
) -> None:
    path = tmp_path / "log"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as log:
        log.bind(str(path))
        outlet = start(f"syslog+unix://{path}", f"jsonl:{tmp_path}/a.jsonl")
        for message in messages(1000):
            outlet.send(message)  # the socket's queue has room for some ten
        wait_until(lambda: outlet.states()[1].sent == 1000, "the file has all")
        slow = outlet.states()[0]
        assert slow.sent < 1000
        assert (slow.sent + slow.queued >= 999, slow.dropped) == (True, 0)
        log.settimeout(20)
        received = [log.recv(9000) for _ in range(1000)]
    assert [b"%032x" % number in line for number, line in enumerate(received)] == [True] * 1000


def test_what_overruns_the_intake_is_counted_for_every_sink_and_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(outlet_module, "INTAKE", 10)
    outlet = Outlet(
        [parse_sink(f"jsonl:{tmp_path}/a.jsonl")],
        META,
        SENDER,
        SpoolSettings(folder=tmp_path / "s"),
    )
    for message in messages(25):
        outlet.send(message)  # before any thread runs
    outlet.start()
    outlet.close(10)
    lines = (tmp_path / "a.jsonl").read_text().splitlines()
    assert len(lines) == 10
    assert lines[0].startswith('{"dropped_before":15,"type":"finding"')
    assert (outlet.states()[0].sent, outlet.states()[0].dropped) == (10, 15)


def test_heartbeats_do_not_tell_of_a_loss_and_alerts_do(tmp_path: Path) -> None:
    outlet = Outlet(
        [parse_sink(f"jsonl:{tmp_path}/a.jsonl")],
        META,
        SENDER,
        SpoolSettings(folder=tmp_path / "s"),
    )
    outlet.send(make_heartbeat())
    outlet._overflow = 3
    outlet.send(make_alert())
    outlet.start()
    outlet.close(10)
    beat, alert = (tmp_path / "a.jsonl").read_text().splitlines()
    assert "dropped_before" not in beat
    assert '"dropped_before":3' in alert


def test_without_sinks_nothing_is_kept(start: Start) -> None:
    outlet = start()
    outlet.send(make_alert())
    assert outlet.states() == ()
    assert outlet.flush(1)
    assert not outlet._intake


def test_two_sinks_at_one_address_have_queues_of_their_own(start: Start, tmp_path: Path) -> None:
    url = f"jsonl:{tmp_path}/a.jsonl"
    outlet = start(url, f"{url}?format=ocsf", url)
    outlet.send(make_alert())
    outlet.close(5)
    assert len((tmp_path / "a.jsonl").read_text().splitlines()) == 3


def test_certificates_that_cannot_be_used_are_a_wrong_usage(tmp_path: Path) -> None:
    bad = tmp_path / "bad.pem"
    bad.write_text("no certificate")
    for options in (f"ca={bad}", f"ca={tmp_path}/none", f"cert={bad}&key={bad}"):
        url = parse_sink(f"syslog+tls://localhost?{options}")
        with pytest.raises(UsageError, match="give a PEM file"):
            Outlet([url], META, SENDER, SpoolSettings(folder=tmp_path / "s"))


def test_the_spool_is_where_the_service_or_the_user_keeps_state(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("STATE_DIRECTORY", "/var/lib/x:/var/lib/y")
    assert default_folder() == Path("/var/lib/x/spool")
    monkeypatch.delenv("STATE_DIRECTORY")
    monkeypatch.setenv("XDG_STATE_HOME", "/home/u/state")
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    assert default_folder() == Path("/home/u/state/toctrace/spool")
    monkeypatch.setattr("os.geteuid", lambda: 0)
    assert default_folder() == Path("/var/lib/toctrace/spool")
