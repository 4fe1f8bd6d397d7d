from __future__ import annotations

import os
import select
import signal
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from detector.live.held import HeldCommand

DEADLINE_S = 20.0


def end_of(command: HeldCommand) -> int:
    """Wait for the command's end; give its status."""
    readable, _, _ = select.select([command.pidfd], [], [], DEADLINE_S)
    assert readable, "the command did not end"
    assert command.ended()
    assert command.status is not None
    return command.status


def shell(script: str) -> tuple[str, ...]:
    return ("/bin/sh", "-c", script)


def run(*argv: str) -> int:
    with HeldCommand(argv) as command:
        command.let_go()
        return end_of(command)


def test_a_held_command_does_not_run_until_it_is_let_go(tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    with HeldCommand(("/usr/bin/touch", str(ran))) as command:
        assert not select.select([command.pidfd], [], [], 0.3)[0]
        assert not command.ended()
        assert not ran.exists()
        command.let_go()
        assert end_of(command) == 0
    assert ran.exists()


def test_a_command_still_held_is_killed_when_its_guard_is_left(tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    with HeldCommand(("/usr/bin/touch", str(ran))) as command:
        pid = command.pid
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    assert not ran.exists()


def test_a_command_that_was_let_go_outlives_its_guard() -> None:
    with HeldCommand(("/bin/sleep", "600")) as command:
        command.let_go()
    try:
        assert os.waitpid(command.pid, os.WNOHANG) == (0, 0)
    finally:
        os.kill(command.pid, signal.SIGKILL)
        os.waitpid(command.pid, 0)


@pytest.mark.parametrize("status", [0, 1, 7, 255])
def test_the_exit_status_is_the_commands_own(status: int) -> None:
    assert run(*shell(f"exit {status}")) == status


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGSEGV])
def test_a_death_by_signal_is_128_and_the_signal(number: signal.Signals) -> None:
    assert run(*shell(f"ulimit -c 0; kill -{number.value} $$")) == 128 + number


def test_a_command_that_is_not_there_is_127(capfd: pytest.CaptureFixture[str]) -> None:
    assert run("no-such-command-anywhere") == 127
    assert "'no-such-command-anywhere': command not found" in capfd.readouterr().err


def test_a_command_that_cannot_be_executed_is_126(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    plain = tmp_path / "plain"
    plain.write_text("no program\n")
    assert run(str(plain)) == 126
    assert "Permission denied" in capfd.readouterr().err


def test_control_characters_of_a_name_do_not_reach_the_terminal(
    capfd: pytest.CaptureFixture[str],
) -> None:
    assert run("no\x1b[2Jsuch") == 127
    assert "\x1b" not in capfd.readouterr().err


def test_the_command_has_the_signals_of_a_shell() -> None:
    # Python itself ignores these two, and a command would inherit that
    script = r"grep -E '^SigIgn' /proc/self/status"
    read, write = os.pipe()
    with os.fdopen(read) as told, os.fdopen(write, "w") as out:
        saved = os.dup(1)
        os.dup2(out.fileno(), 1)
        try:
            assert run(*shell(script)) == 0
        finally:
            os.dup2(saved, 1)
            os.close(saved)
        ignored = int(told.readline().split()[1], 16)
    for number in (signal.SIGPIPE, signal.SIGXFSZ, signal.SIGINT):
        assert not ignored >> (number - 1) & 1


def test_a_signal_reaches_the_command_and_none_is_sent_to_one_that_ended() -> None:
    with HeldCommand(("/bin/sleep", "600")) as command:
        command.let_go()
        command.send(signal.SIGTERM)
        assert end_of(command) == 128 + signal.SIGTERM
        command.send(signal.SIGTERM)


@pytest.fixture
def killed_tool(tmp_path: Path) -> Iterator[tuple[int, Path]]:
    """Fork a tool that holds a command, and kill it; give the held command's pidfd."""
    ran = tmp_path / "ran"
    read, write = os.pipe()
    tool = os.fork()
    if tool == 0:
        os.close(read)
        command = HeldCommand(("/usr/bin/touch", str(ran)))
        os.write(write, str(command.pid).encode())
        while True:
            signal.pause()
    os.close(write)
    held = int(os.read(read, 20))
    os.close(read)
    pidfd = os.pidfd_open(held)
    os.kill(tool, signal.SIGKILL)
    os.waitpid(tool, 0)
    yield pidfd, ran
    with suppress(ProcessLookupError):
        signal.pidfd_send_signal(pidfd, signal.SIGKILL)
    os.close(pidfd)


def test_a_held_command_goes_away_with_the_tool(killed_tool: tuple[int, Path]) -> None:
    pidfd, ran = killed_tool
    assert select.select([pidfd], [], [], DEADLINE_S)[0], "the held command is still there"
    assert not ran.exists()
