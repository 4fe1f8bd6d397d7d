from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import time
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.enrich.connector import EventKind, ProcessConnector, ProcessEvent, Sequences
from detector.errors import EnrichmentError

DEADLINE = 10.0


@pytest.fixture
def connector() -> Iterator[ProcessConnector]:
    try:
        opened = ProcessConnector()
    except EnrichmentError as error:
        pytest.skip(f"no process connector here: {error}")
    with opened:
        yield opened


def events_until(connector: ProcessConnector, tgid: int, kind: EventKind) -> list[ProcessEvent]:
    seen: list[ProcessEvent] = []
    until = time.monotonic() + DEADLINE
    while not any(event.tgid == tgid and event.kind is kind for event in seen):
        assert time.monotonic() < until
        seen.extend(connector.drain())
    return [event for event in seen if event.tgid == tgid]


def test_a_short_life_is_told_in_order(connector: ProcessConnector) -> None:
    before = time.clock_gettime_ns(time.CLOCK_MONOTONIC)
    child = subprocess.Popen(["/bin/true"])
    child.wait()
    after = time.clock_gettime_ns(time.CLOCK_MONOTONIC)
    events = events_until(connector, child.pid, EventKind.EXIT)
    assert [event.kind for event in events] == [EventKind.FORK, EventKind.EXEC, EventKind.EXIT]
    assert events[0].parent_tgid == os.getpid()
    assert all(before <= event.time_ns <= after for event in events)


def test_a_hostile_name_is_told_escaped(connector: ProcessConnector) -> None:
    child = os.fork()
    if child == 0:
        with open("/proc/self/comm", "wb") as comm:  # noqa: PTH123 a child does little
            comm.write(b"\xff\x1b[31m")
        os._exit(0)
    os.waitpid(child, 0)
    events = events_until(connector, child, EventKind.EXIT)
    assert [event.comm for event in events if event.kind is EventKind.COMM] == ["\\xff\x1b[31m"]


def test_an_overrun_is_counted_and_stands_behind_what_found_room(
    connector: ProcessConnector,
) -> None:
    connector._bound.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    for _ in range(60):
        child = os.fork()
        if child == 0:
            os._exit(0)
        os.waitpid(child, 0)
    events: list[ProcessEvent] = []
    while connector.waiting():
        events.extend(connector.drain())
    assert connector.overruns >= 1
    assert events[-1].kind is EventKind.LOST
    until = time.monotonic() + DEADLINE
    while not connector.lost:  # the next event of that CPU tells how many
        assert time.monotonic() < until
        subprocess.run(["/bin/true"], check=True)
        connector.drain()


def test_nothing_is_left_after_closing() -> None:
    def held() -> tuple[list[str], int]:
        return sorted(os.listdir("/proc/self/fd")), len(os.listdir("/proc/self/task"))  # noqa: PTH208

    before = held()
    with contextlib.suppress(EnrichmentError):  # refused is closed too
        ProcessConnector().close()
    assert held() == before


@given(st.lists(st.booleans(), max_size=80), st.integers(0, 2**32 - 1))
def test_gaps_in_the_numbers_are_counted_over_their_wrap(arrives: list[bool], first: int) -> None:
    sequences = Sequences()
    missing = sequences.missing(0, first)
    for step, here in enumerate([*arrives, True], start=1):
        if here:
            missing += sequences.missing(0, (first + step) % 2**32)
    assert missing == arrives.count(False)


def test_every_cpu_has_its_own_numbers_and_a_repeat_is_no_loss() -> None:
    sequences = Sequences()
    assert sequences.missing(0, 5) == 0
    assert sequences.missing(1, 900) == 0
    assert sequences.missing(0, 6) == 0
    assert sequences.missing(0, 6) == 0
    assert sequences.missing(1, 902) == 1
