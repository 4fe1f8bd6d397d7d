from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from detector.service.notify import READY, Notifier, address, status, watchdog_s

ABSTRACT = f"@toctrace-test-{os.getpid()}"


@pytest.fixture(params=["path", "abstract"])
def manager(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[str, socket.socket]]:
    """Give what a service manager would: a value of NOTIFY_SOCKET, and the socket behind it."""
    value = str(tmp_path / "notify") if request.param == "path" else ABSTRACT
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as listening:
        listening.bind(value.replace("@", "\0", 1) if value.startswith("@") else value)
        listening.settimeout(5)
        yield value, listening


def test_what_is_told_arrives_as_one_datagram_of_lines(manager: tuple[str, socket.socket]) -> None:
    value, listening = manager
    with Notifier.from_environment({"NOTIFY_SOCKET": value}) as notifier:
        assert notifier.tell(READY, status("watching"))
    assert listening.recv(4096) == b"READY=1\nSTATUS=watching"


def test_without_a_manager_nothing_is_told() -> None:
    with Notifier.from_environment({}) as notifier:
        assert not notifier.listened_to
        assert not notifier.tell(READY)


def test_a_manager_that_is_gone_or_full_holds_nothing_up(tmp_path: Path) -> None:
    with Notifier(str(tmp_path / "none")) as notifier:
        assert not notifier.tell(READY)
    with closing(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)) as listening:
        listening.bind(str(tmp_path / "full"))
        with Notifier(str(tmp_path / "full")) as notifier:
            told = [notifier.tell(READY) for _ in range(100_000)]
    assert told[0]
    assert not told[-1]


def test_children_do_not_inherit_the_way_to_the_manager() -> None:
    environ = {
        "NOTIFY_SOCKET": "/run/x",
        "WATCHDOG_USEC": "2000000",
        "WATCHDOG_PID": str(os.getpid()),
        "OTHER": "stays",
    }
    with Notifier.from_environment(environ) as notifier:
        assert notifier.watchdog == 2.0
    assert environ == {"OTHER": "stays"}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("/run/systemd/notify", "/run/systemd/notify"),
        ("@abstract", "\0abstract"),
        ("", None),
        ("@", None),
        ("relative", None),
        ("vsock:2:1", None),
    ],
)
def test_addresses_are_paths_or_abstract_names(value: str, expected: str | None) -> None:
    assert address(value) == expected


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, None),
        ({"WATCHDOG_USEC": "30000000"}, 30.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "7"}, 30.0),
        ({"WATCHDOG_USEC": "30000000", "WATCHDOG_PID": "8"}, None),
        ({"WATCHDOG_USEC": "0"}, None),
        ({"WATCHDOG_USEC": "soon"}, None),
        ({"WATCHDOG_USEC": "-1"}, None),
        ({"WATCHDOG_USEC": "²"}, None),
    ],
)
def test_the_watchdog_is_for_the_process_that_it_names(
    environ: dict[str, str], expected: float | None
) -> None:
    assert watchdog_s(environ, 7) == expected


def test_a_status_is_one_line() -> None:
    assert status("a\nREADY=1\r\n b") == "STATUS=a READY=1 b"
