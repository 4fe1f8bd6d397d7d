"""Boot an unpacked Debian kernel under QEMU, run one command in it and return its status.

The half of `scripts/vm` that needs signals, deadlines and clean-up. The guest leaves the
command's output and status in files of a folder of this run, because the serial console loses
output; the console's own log is kept there too and shown only when the machine was lost.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import pty
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, NoReturn

import machine

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from types import FrameType

LOST = 125
"""Exit status for a machine that was lost, in distinction from a command that failed."""

PR_SET_CHILD_SUBREAPER = 36
"""From <linux/prctl.h>."""

POLL_SECONDS = 0.1
LOG_TAIL_LINES = 30
STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class LostError(Exception):
    """The machine never booted, died, or passed its deadline."""

    def __init__(self, message: str, *, early: bool) -> None:
        """`early`: it died before it could start the command."""
        super().__init__(message)
        self.early = early


class Follower:
    """Copies what is added to a file to a stream, as `tail -f` does."""

    def __init__(self, path: Path, stream: BinaryIO) -> None:
        """Follow `path`, which need not exist yet, into `stream`."""
        self._path = path
        self._stream = stream
        self._offset = 0

    def copy(self) -> None:
        """Copy everything that is there by now."""
        try:
            with self._path.open("rb") as file:
                file.seek(self._offset)
                while chunk := file.read(1 << 16):
                    self._stream.write(chunk)
                    self._offset += len(chunk)
        except FileNotFoundError:
            return
        self._stream.flush()


def spawn(line: Sequence[str], run: Path) -> tuple[int, int]:
    """Start the machine on a terminal of its own; return its pid and the terminal.

    Closing the terminal hangs the whole session up: even when this process is killed the
    machine does not stay behind.
    """
    pid, terminal = pty.fork()
    if pid == 0:
        path = f"{Path(line[0]).parent}:{machine.SYSTEM_PATH}"
        env = {**os.environ, "TERM": "dumb", "TMPDIR": str(run), "PATH": path}
        try:
            os.execve(line[0], list(line), env)  # noqa: S606  # no shell is wanted
        except OSError as error:
            print(error)
            os._exit(127)
    os.set_blocking(terminal, False)
    return pid, terminal


def drain(terminal: int, log: BinaryIO) -> None:
    """Move what the console said to its log."""
    try:
        while chunk := os.read(terminal, 1 << 16):
            log.write(chunk)
    except (BlockingIOError, OSError):  # nothing more now, or (EIO) the other end is closed
        log.flush()


def ended(pid: int) -> bool:
    """Say whether the machine's first process has ended."""
    return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def status_of(run: Path) -> int | None:
    """Return the command's exit status once the guest has written it."""
    try:
        return int((run / "status").read_text())
    except FileNotFoundError:
        return None


def watch(run: Path, pid: int, terminal: int, deadline: float) -> int:
    """Stream the command's output until it ends; return its status. Raises LostError."""
    out = Follower(run / "stdout", sys.stdout.buffer)
    err = Follower(run / "stderr", sys.stderr.buffer)
    end = time.monotonic() + deadline
    with (run / "console").open("wb") as log:
        while True:
            # Order matters: a status seen after the machine's end is still the command's.
            gone = ended(pid)
            late = time.monotonic() > end
            status = status_of(run)
            out.copy()
            err.copy()
            drain(terminal, log)
            if status is not None:
                return status
            if gone or late:
                when = (
                    "after the command had started"
                    if (run / "started").exists()
                    else "before it could start the command"
                )
                what = f"passed its deadline of {deadline:g} s" if late else "ended"
                early = gone and not (run / "started").exists()
                raise LostError(f"the machine {what} {when}", early=early)
            time.sleep(POLL_SECONDS)


def adopt_orphans() -> None:
    """Become the parent of what children leave behind (prctl(2), PR_SET_CHILD_SUBREAPER)."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def kill(pid: int, terminal: int) -> None:
    """End the machine's processes and wait for the first; wait_for_orphans does for the others."""
    for send in (os.killpg, os.kill):  # it leads its own session, or is just about to (pty.fork)
        with suppress(ProcessLookupError):
            send(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    os.close(terminal)


def wait_for_orphans() -> None:
    """Wait for every child; for a process that has none but the machine and what it left behind."""
    with suppress(ChildProcessError):
        while True:
            os.waitpid(-1, 0)


def sweep(runs: Path) -> None:
    """Remove the folders of runs that were killed before they could clean up."""
    for old in runs.glob("run.*"):
        try:
            with (old / "lock").open("rb") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(old, ignore_errors=True)
        except (BlockingIOError, FileNotFoundError):  # alive, or just being made or removed
            continue


@contextmanager
def private_folder(runs: Path) -> Iterator[Path]:
    """Make a folder for one run, held by a lock while the run lives, and removed after it."""
    with (runs / ".lock").open("wb") as door:
        fcntl.flock(door, fcntl.LOCK_EX)  # no sweep between the making and the locking
        sweep(runs)
        run = Path(tempfile.mkdtemp(prefix="run.", dir=runs))
        lock = (run / "lock").open("wb")
        fcntl.flock(lock, fcntl.LOCK_EX)
    try:
        yield run
    finally:
        shutil.rmtree(run, ignore_errors=True)
        lock.close()


def console_tail(run: Path) -> Iterator[str]:
    """Yield the last lines of the console's log, safe for a terminal."""
    try:
        text = (run / "console").read_text(errors="replace")
    except FileNotFoundError:
        return
    lines = [line for line in text.splitlines() if line.strip()]  # it ends lines with \r\r\n
    for line in lines[-LOG_TAIL_LINES:]:
        yield "".join(c if c.isprintable() else "." for c in line)


def stop(number: int, _frame: FrameType | None) -> NoReturn:
    """Turn a signal into an exit, so that everything is cleaned up on the way out."""
    for every in STOPPING:  # a second one must not interrupt the cleaning up
        signal.signal(every, lambda _number, _frame: None)
    sys.exit(128 + number)


def boot(place: machine.Place, options: machine.Options) -> int:
    """Run the command in the machine and return the status for the caller.

    A kernel that dies while it boots is booted once more: it patches its own code there, which an
    emulator of several CPUs now and then runs half patched.
    """
    script = machine.command_script(place, dict(os.environ), options.command)
    (place.run / "command").write_text(script)
    line = machine.command_line(
        place, options.nodes, cpus=min(os.cpu_count() or 1, 4), append=options.append
    )
    for last in (False, True):
        pid, terminal = spawn(line, place.run)
        try:
            return watch(place.run, pid, terminal, options.deadline)
        except LostError as error:
            for text in console_tail(place.run):
                print(f"vm: console: {text}", file=sys.stderr)
            print(f"vm: lost: {error}", file=sys.stderr)
            if last or not error.early:
                break
            print("vm: booting once more", file=sys.stderr)
        finally:
            kill(pid, terminal)
            wait_for_orphans()
    return LOST


def main(argv: Sequence[str]) -> int:
    """Do what `scripts/vm` says; return its exit status."""
    options = machine.parse(argv)
    root, venv, cache = (Path(os.environ[name]) for name in ("ROOT", "VENV", "CACHE"))
    if options.out:
        options.out.mkdir(parents=True, exist_ok=True)
    found = subprocess.run(
        [root / "scripts/lib/kernel", options.kernel],
        check=False,
        stdout=subprocess.PIPE,
        text=True,
    )
    if found.returncode:
        return found.returncode
    for number in STOPPING:
        signal.signal(number, stop)
    runs = cache / "vm"
    runs.mkdir(parents=True, exist_ok=True)
    adopt_orphans()
    with private_folder(runs) as run:
        kernel = Path(found.stdout.strip())
        place = machine.Place(root=root, venv=venv, kernel=kernel, run=run, out=options.out)
        return boot(place, options)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
