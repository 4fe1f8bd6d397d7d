"""The status line through a real terminal, as a person sees it there."""

from __future__ import annotations

import io
import os
import pty
import re
import select
import struct
import termios
import threading
from collections.abc import Iterator
from fcntl import ioctl

import pytest
import structlog

from detector.live.screen import TextScreen
from detector.live.status import LIVE_S, PLAIN_S, LiveLine, PlainLines, opened_status
from detector.log import set_up_log
from detector.render.status_line import Standing
from tests.unit.alerts import make_alert
from tests.unit.samples import META

COLUMNS = 80


class Clock:
    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


class Screen:
    """What a terminal shows of the bytes that it was sent: rows, and where the cursor is."""

    def __init__(self) -> None:
        self.master, slave = pty.openpty()
        ioctl(slave, termios.TIOCSWINSZ, struct.pack("4H", 24, COLUMNS, 0, 0))
        self.stream = os.fdopen(slave, "w")
        self.rows = [""]
        self.raw = ""

    def read(self) -> list[str]:
        while select.select([self.master], [], [], 0)[0]:
            self.raw += os.read(self.master, 65536).decode()
        text, self.rows, column = self.raw, [""], 0
        while text:
            if text.startswith("\x1b[K"):
                self.rows[-1], text = self.rows[-1][:column], text[3:]
            elif text.startswith("\x1b["):
                text = text.partition("m")[2]
            elif text[0] == "\r":
                column, text = 0, text[1:]
            elif text[0] == "\n":
                self.rows.append("")
                column, text = 0, text[1:]
            else:
                row = self.rows[-1]
                self.rows[-1] = row[:column] + text[0] + row[column + 1 :]
                column, text = column + 1, text[1:]
        assert all(len(row) < COLUMNS for row in self.rows)
        return self.rows


@pytest.fixture
def screen() -> Iterator[Screen]:
    made = Screen()
    yield made
    made.stream.close()
    os.close(made.master)


def standing(at_s: float) -> Standing:
    return Standing(at_s=at_s, calls=int(at_s) * 5, findings=3, lost=0, missing=0, sinks=())


FIRST = "watching 00:01  5.0 calls/s  3.0 findings/s (3)  0 lost"
SECOND = "watching 00:02  5.0 calls/s  0 findings/s (3)  0 lost"


def test_the_line_is_made_anew_in_its_place(screen: Screen) -> None:
    clock = Clock()
    line = LiveLine(screen.stream, colour=False, clock=clock)
    line.begin(standing)
    line.beat()
    assert screen.read() == [""]
    clock.now_s += LIVE_S
    line.beat()
    line.beat()
    assert screen.read() == [FIRST]
    clock.now_s += LIVE_S
    line.beat()
    assert screen.read() == [SECOND]
    line.close()
    clock.now_s += LIVE_S
    line.beat()
    assert screen.read() == [""]


def test_results_and_the_log_stand_whole_above_it(
    screen: Screen, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    line = LiveLine(screen.stream, colour=False, clock=clock)
    set_up_log(to=line)
    line.begin(standing)
    clock.now_s += LIVE_S
    line.beat()
    monkeypatch.setattr("sys.stdout", screen.stream)
    shown = TextScreen(META, line, colour=False)
    shown.alert(make_alert())
    log = structlog.get_logger()
    threads = [
        threading.Thread(target=log.warning, args=(f"event{number}",)) for number in range(20)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    *above, last = screen.read()
    assert last == FIRST
    assert above[0].startswith("ERR: Nodemask changed")
    assert not any(FIRST in row for row in above)
    told = [re.findall(r"event\d+", row) for row in above if "event" in row]
    assert sorted(told) == sorted([f"event{number}"] for number in range(20))
    line.close()
    assert screen.read()[-1] == ""


def test_half_a_line_of_the_log_is_not_written_over(screen: Screen) -> None:
    clock = Clock()
    line = LiveLine(screen.stream, colour=False, clock=clock)
    line.begin(standing)
    clock.now_s += LIVE_S
    line.beat()
    line.write("half")
    clock.now_s += LIVE_S
    line.beat()
    assert screen.read() == ["half"]
    line.write(" and the rest\n")
    assert screen.read() == ["half and the rest", SECOND]


def test_a_stopped_terminal_is_not_waited_for(screen: Screen) -> None:
    clock = Clock()
    line = LiveLine(screen.stream, colour=False, clock=clock)
    line.begin(standing)
    termios.tcflow(screen.stream, termios.TCOOFF)
    clock.now_s += LIVE_S
    line.beat()
    assert screen.read() == [""]
    termios.tcflow(screen.stream, termios.TCOON)
    line.beat()
    assert screen.read() == [FIRST]


def test_a_terminal_that_is_gone_ends_nothing() -> None:
    made, clock = Screen(), Clock()
    line = LiveLine(made.stream, colour=False, clock=clock)
    line.begin(standing)
    os.close(made.master)
    clock.now_s += LIVE_S
    line.beat()
    line.close()
    made.stream.close()


@pytest.mark.parametrize(
    ("environment", "shared", "kind"),
    [
        ({}, False, LiveLine),
        ({"TERM": "xterm"}, False, LiveLine),
        ({"TERM": "dumb"}, False, PlainLines),
        ({}, True, PlainLines),
    ],
)
def test_a_line_is_live_only_where_it_can_be_and_has_the_terminal_to_itself(
    screen: Screen, *, environment: dict[str, str], shared: bool, kind: type
) -> None:
    assert type(opened_status(screen.stream, environment, shared=shared, colour=False)) is kind


def test_without_a_terminal_there_is_a_plain_line_a_minute() -> None:
    clock, stream = Clock(), io.StringIO()
    assert type(opened_status(stream, {}, shared=False, colour=True)) is PlainLines
    lines = PlainLines(stream, clock)
    lines.begin(standing)
    lines.beat()
    assert stream.getvalue() == ""
    clock.now_s += PLAIN_S
    lines.beat()
    lines.beat()
    assert stream.getvalue() == (
        "toctrace: watching 01:00  5.0 calls/s  0.1 findings/s (3)  0 lost\n"
    )
