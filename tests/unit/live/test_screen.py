"""A terminal that is closed takes nothing more, and stops nothing."""

from __future__ import annotations

import os
import pty
from collections.abc import Callable, Iterator

import pytest

from detector.live.screen import LineScreen, Screen, TextScreen
from detector.live.status import LiveLine, PlainLines, Status
from tests.unit.alerts import make_alert
from tests.unit.samples import META, make_observation

STATUSES: list[Callable[..., Status]] = [lambda to: LiveLine(to, colour=False), PlainLines]
SCREENS: list[Callable[[Status], Screen]] = [
    lambda status: TextScreen(META, status, colour=False),
    lambda status: LineScreen(META, status, every=False),
]


class Terminal:
    """Stdout and stderr, and who looks at them."""

    def __init__(self) -> None:
        self.ours, theirs = pty.openpty()
        self.stdout, self.stderr = os.fdopen(theirs, "w"), os.fdopen(os.dup(theirs), "w")


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    opened = Terminal()
    yield opened
    opened.stdout.close()  # where something is left over, this fails, as the end of Python would
    opened.stderr.close()


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("screen", SCREENS)
def test_a_terminal_that_is_closed_stops_nothing(
    screen: Callable[[Status], Screen],
    status: Callable[..., Status],
    terminal: Terminal,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sys.stdout", terminal.stdout)
    at = status(terminal.stderr)
    shown = screen(at)
    shown.alert(make_alert())
    os.close(terminal.ours)
    for _ in range(2):
        shown.alert(make_alert())
        at.write("a line of the log\n")
    shown.end(make_observation())


@pytest.mark.parametrize("screen", SCREENS)
def test_results_that_a_file_does_not_take_are_not_passed_over(
    screen: Callable[[Status], Screen], monkeypatch: pytest.MonkeyPatch
) -> None:
    with open(os.devnull, "w") as nowhere:  # noqa: PTH123
        shown = screen(PlainLines(nowhere))
        full = open("/dev/full", "w")  # noqa: PTH123, SIM115
        monkeypatch.setattr("sys.stdout", full)
        with pytest.raises(OSError, match="No space left"):
            shown.alert(make_alert())
        os.dup2(nowhere.fileno(), full.fileno())
        full.close()
