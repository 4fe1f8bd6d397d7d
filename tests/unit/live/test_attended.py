from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from detector.live.attended import attend, linger
from detector.live.held import HeldCommand
from detector.live.signals import PASSED_ON, from_terminal, held_back, taken

DEADLINE_S = 20.0
TRAPS = 'trap "exit 7" {name}; : > {ready}; while :; do sleep 0.02; done'


def sender(ready: Path, number: signal.Signals) -> Callable[[int], None]:
    """Make a step that once, when the command is ready, signals this process alone.

    Its main thread, that is: other tests may have left threads that hold no signal back.
    """
    sent = False
    deadline = time.monotonic() + DEADLINE_S

    def step(ms: int) -> None:
        nonlocal sent
        assert time.monotonic() < deadline
        if ready.exists() and not sent:
            sent = True
            signal.pthread_kill(threading.main_thread().ident or 0, number)
        time.sleep(ms / 10_000)

    return step


@pytest.mark.parametrize("name", ["TERM", "INT", "HUP", "USR1"])
def test_a_signal_sent_to_the_tool_alone_is_passed_on(name: str, tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    argv = ("/bin/sh", "-c", TRAPS.format(name=name, ready=ready))
    with HeldCommand(argv) as command, held_back(PASSED_ON):
        assert attend(command, sender(ready, signal.Signals[f"SIG{name}"])) == 7


def test_steps_are_made_until_the_command_ends(tmp_path: Path) -> None:
    go = tmp_path / "go"
    steps = 0

    def step(ms: int) -> None:
        nonlocal steps
        steps += 1
        if steps == 3:
            go.touch()
        time.sleep(ms / 10_000)

    script = f"while [ ! -e {go} ]; do sleep 0.02; done; exit 3"
    with HeldCommand(("/bin/sh", "-c", script)) as command, held_back(PASSED_ON):
        assert attend(command, step) == 3
    assert steps >= 3


def test_signals_are_as_before_when_they_are_held_back_no_more() -> None:
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    with HeldCommand(("/bin/true",)) as command, held_back(PASSED_ON):
        attend(command, lambda ms: time.sleep(ms / 10_000))
    assert signal.pthread_sigmask(signal.SIG_BLOCK, ()) == before


def test_a_signal_that_comes_when_the_command_has_ended_is_left_for_who_goes_on() -> None:
    def step(ms: int) -> None:
        del ms
        os.waitid(os.P_PID, command.pid, os.WEXITED | os.WNOWAIT)
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGTERM)

    with HeldCommand(("/bin/true",)) as command, held_back(PASSED_ON):
        assert attend(command, step) == 0
        assert taken(PASSED_ON) is not None


@pytest.mark.parametrize(("code", "terminal"), [(0x80, True), (0, False), (-6, False)])
def test_only_the_kernel_speaks_for_the_terminal(code: int, terminal: bool) -> None:  # noqa: FBT001
    info = signal.struct_siginfo((signal.SIGINT, code, 0, 0, 0, 0, 0))
    assert from_terminal(info) is terminal


@pytest.mark.parametrize("name", ["TERM", "INT", "HUP"])
def test_a_signal_ends_the_lingering(name: str) -> None:
    steps: list[int] = []

    def step(ms: int) -> None:
        steps.append(ms)
        assert len(steps) < 4
        if len(steps) == 3:
            signal.pthread_kill(threading.main_thread().ident or 0, signal.Signals[f"SIG{name}"])

    with held_back(PASSED_ON):
        linger(lambda: True, step, DEADLINE_S)
    assert len(steps) == 3


def test_lingering_ends_with_the_last_that_is_left_and_with_its_time() -> None:
    left = ["one", "another"]
    with held_back(PASSED_ON):
        linger(lambda: left, lambda _: left.pop(), DEADLINE_S)
        assert left == []
        linger(lambda: True, lambda _: pytest.fail("there is no time"), 0.0)
