"""Job control at a real terminal: the keys reach tool and command together, as one job."""

from __future__ import annotations

import os
import pty
import select
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

DEADLINE_S = 60.0
TOCTRACE = Path(sys.executable).parent / "toctrace"
RUN = f"{TOCTRACE} run --allow-unobserved --"
"""It runs the command on any kernel, watched or not."""
PROMPT = "your turn> "
"""What is typed before the shell asks for it may be thrown away."""


class Terminal:
    """An interactive shell on a terminal of its own."""

    def __init__(self) -> None:
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.environ["PS1"] = PROMPT
            os.execvp("bash", ["bash", "--norc", "--noprofile", "-i"])  # noqa: S606
        self.seen = ""

    def type(self, text: str) -> None:
        os.write(self.fd, text.encode())

    def expect(self, text: str) -> str:
        """Wait for a text; give and forget all up to its end."""
        deadline = time.monotonic() + DEADLINE_S
        while text not in self.seen:
            assert time.monotonic() < deadline, f"no {text!r} in {self.seen!r}"
            if select.select([self.fd], [], [], 0.1)[0]:
                self.seen += os.read(self.fd, 65536).decode(errors="replace")
        before, _, self.seen = self.seen.partition(text)
        return before

    def close(self) -> None:
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        os.close(self.fd)
        os.waitpid(self.pid, 0)


def wait_until_stopped(pid: int) -> None:
    """Wait for the state T of proc_pid_stat(5)."""
    deadline = time.monotonic() + DEADLINE_S
    while Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "T":
        assert time.monotonic() < deadline, f"{pid} was not stopped"
        time.sleep(0.01)


@pytest.fixture
def terminal() -> Iterator[Terminal]:
    opened = Terminal()
    yield opened
    opened.close()


def test_ctrl_c_ends_the_command_once_and_the_tool_reports(terminal: Terminal) -> None:
    terminal.expect(PROMPT)
    # no shell: dash puts a SIGINT off that comes while it forks
    sleeper = 'import time; print("be" + "gun", flush=True); time.sleep(100)'
    terminal.type(f"{RUN} {sys.executable} -c '{sleeper}'\n")
    terminal.expect("begun")
    terminal.type("\x03")
    terminal.expect("ended by SIGINT (status 130)")
    terminal.expect(PROMPT)
    terminal.type('echo "status:$?"\n')
    terminal.expect("status:130")


def test_ctrl_z_stops_both_and_fg_goes_on(terminal: Terminal) -> None:
    terminal.expect(PROMPT)
    terminal.type(f'{RUN} sh -c \'echo be""gun $$ .; read line; echo go""t $line\'\n')
    terminal.expect("begun ")
    command = int(terminal.expect(" ."))
    terminal.type("\x1a")
    terminal.expect("Stopped")
    terminal.expect(PROMPT)
    # one that reads when it is to stop still takes what is typed before it does (n_tty_read)
    wait_until_stopped(command)
    terminal.type("fg\n")
    terminal.expect("--allow-unobserved")  # the shell names the job that it lets go on
    terminal.type("a-line\n")
    terminal.expect("got a-line")
    terminal.expect("Observation")
