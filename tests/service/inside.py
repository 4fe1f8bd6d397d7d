"""What is tried inside of a machine under real systemd, as root, by Debian's own Python.

Uses the standard library alone: the machine has the wheel, and nothing of the checkout. Writes a
line for each thing that holds; ends with status 1 at the first that does not.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

UNIT = "toctrace.service"
OUTPUT = Path("/var/log/toctrace/findings.jsonl")
DROP_IN = Path("/run/systemd/system/toctrace.service.d/quick.conf")
PATIENCE_S = 240.0
"""Emulated machines are slow: a compile alone takes half a minute."""
WATCHDOG_S = 20.0
"""In the place of the unit's minute, so that the test of a hung loop is short."""
STOP_S = 5.0
CAP_SYS_PTRACE = 1 << 19
BEGAN = time.monotonic()


def say(text: str) -> None:
    print(f"[{time.monotonic() - BEGAN:6.1f} s] {text}", flush=True)


def call(*command: str, status: int | None = 0) -> str:
    """Run a command, and give its stdout; a status other than `status` (None: any) ends it all."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if status is not None and done.returncode != status:
        say(f"FAILED: {' '.join(command)} ended with {done.returncode}, not {status}")
        sys.exit(f"{done.stdout}\n{done.stderr}")
    return done.stdout


def holds(what: str, truth: object, saw: object = "") -> None:
    """Say that something holds, or end it all."""
    if truth:
        say(f"holds: {what}")
        return
    say(f"FAILED: {what}; saw {saw!r}")
    print(call("systemctl", "status", "--no-pager", "--lines=0", UNIT, status=None))
    sys.exit(call("journalctl", "--no-pager", "--lines=60", "-o", "short-monotonic"))


def becomes(what: str, ask: Callable[[], object], patience: float = PATIENCE_S) -> None:
    """Wait until something holds, or end it all."""
    end = time.monotonic() + patience
    while not (saw := ask()) and time.monotonic() < end:
        time.sleep(0.5)
    holds(what, saw, saw)


def shown(name: str) -> str:
    """Give one property of the unit."""
    return call("systemctl", "show", "--value", f"--property={name}", UNIT).strip()


def main_pid() -> int:
    return int(shown("MainPID"))


def status_of(pid: int) -> dict[str, str]:
    """Give the fields of /proc/PID/status."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return {key: value.strip() for key, value in (line.split(":", 1) for line in lines)}


def armed() -> bool:
    return shown("ActiveState") == "active" and shown("StatusText").startswith("watching: ")


def findings(lines: str) -> list[dict[str, object]]:
    """Give the findings among the lines, of which others are the program's log."""
    # a line that has no end yet is being written: more than a page of it is not there at once
    whole = [line for line in lines.splitlines(keepends=True) if line.endswith("\n")]
    documents = [json.loads(line) for line in whole if line.startswith("{")]
    return [document for document in documents if document.get("type") == "finding"]


def in_journal() -> list[dict[str, object]]:
    return findings(call("journalctl", "--no-pager", "--unit", UNIT, "-o", "cat"))


def in_file(path: Path = OUTPUT) -> list[dict[str, object]]:
    return findings(path.read_text()) if path.exists() else []


def race() -> None:
    call("toctrace", "simulate", "flip-old")


def install() -> None:
    told = call("toctrace", "service", "show")
    holds("`show` says that nothing is installed", told.startswith("# not installed"), told)
    call("toctrace", "service", "install", "--", "--no-such-option", status=2)
    holds(
        "a wrong option of `watch` installs nothing",
        "not installed" in call("toctrace", "service", "show"),
    )
    told = call("toctrace", "service", "install", "--", "--output", str(OUTPUT))
    holds("`install` says what it wrote", "wrote /etc/systemd/system/toctrace.service" in told)
    verified = subprocess.run(
        ["systemd-analyze", "verify", UNIT], capture_output=True, text=True, check=False
    )
    mine = [
        line for line in verified.stderr.splitlines() if "toctrace" in line and "man" not in line
    ]
    holds("`systemd-analyze verify` has nothing against the unit", not mine, mine)
    print(call("systemd-analyze", "security", "--no-pager", UNIT, status=None), flush=True)


def start() -> None:
    DROP_IN.parent.mkdir(parents=True)
    DROP_IN.write_text(f"[Service]\nWatchdogSec={WATCHDOG_S:g}s\n")
    call("systemctl", "daemon-reload")
    call("systemctl", "enable", "--now", UNIT)  # ends at READY=1, as the type is notify
    holds("the service is active once it has told READY=1, and tells its status", armed())
    say(f"its status: {shown('StatusText')}")
    holds("no stage is missing", "MISSING" not in shown("StatusText"), shown("StatusText"))


def powers() -> None:
    pid = main_pid()
    for task in Path(f"/proc/{pid}/task").iterdir():
        fields = status_of(int(task.name))
        sets = {name: int(fields[name], 16) for name in ("CapPrm", "CapEff", "CapBnd", "CapAmb")}
        say(f"thread {task.name}: {sets}")
        wanted = {
            "CapPrm": CAP_SYS_PTRACE,
            "CapEff": CAP_SYS_PTRACE,
            "CapBnd": CAP_SYS_PTRACE,
            "CapAmb": 0,
        }
        holds("it holds CAP_SYS_PTRACE and no other capability", sets == wanted, sets)
        holds(
            "no_new_privs and a seccomp filter are on",
            (fields["NoNewPrivs"], fields["Seccomp"]) == ("1", "2"),
            fields,
        )


def catch() -> None:
    race()
    becomes("the finding is in the journal", in_journal)
    becomes("the finding is in --output", in_file)
    process = in_journal()[0]["process"]
    # the player has all capabilities: reading its links in /proc takes CAP_SYS_PTRACE
    executable = isinstance(process, dict) and process.get("executable")
    holds("it names the executable of a process with more powers", executable, process)
    becomes("the status counts it", lambda: ", 0 findings" not in shown("StatusText"))


def rotate() -> None:
    old = OUTPUT.with_suffix(".1")
    before, pid = len(in_file()), main_pid()
    OUTPUT.rename(old)
    call("systemctl", "reload", UNIT)
    becomes("SIGHUP opened the output anew", OUTPUT.exists)
    race()
    becomes("the next finding is in the new file", in_file)
    holds("none went to the old one", len(in_file(old)) == before)
    holds("the service was not restarted", main_pid() == pid)


def restarted(what: str, before: int) -> None:
    becomes(f"{what}: another process is armed", lambda: main_pid() not in {0, before} and armed())


def killed() -> None:
    before = main_pid()
    os.kill(before, signal.SIGKILL)
    restarted("after SIGKILL", before)
    holds("systemd counts one restart", shown("NRestarts") == "1", shown("NRestarts"))
    found = len(in_journal())
    race()
    becomes("the restarted service finds the next race", lambda: len(in_journal()) > found)


def hung() -> None:
    before = main_pid()
    time.sleep(1.5 * WATCHDOG_S)  # the one wait on a clock: that nothing happens takes its time
    holds("a turning loop keeps the watchdog quiet", main_pid() == before)
    os.kill(before, signal.SIGSTOP)
    restarted("a loop that hangs", before)
    told = call("journalctl", "--no-pager", "--unit", UNIT, "-o", "cat")
    holds("it was the watchdog", "Watchdog timeout" in told)


def stop() -> None:
    race()
    began = time.monotonic()
    call("systemctl", "stop", UNIT)
    took = time.monotonic() - began
    holds(f"it stops within {STOP_S:g} s (took {took:.1f})", took <= STOP_S)
    holds("an end with findings is no failure", shown("Result") == "success", shown("Result"))
    told = call("journalctl", "--no-pager", "--unit", UNIT, "-o", "cat")
    holds("the observation is the last result", '"type":"observation"' in told, told[-400:])


def remove() -> None:
    told = call("toctrace", "service", "remove")
    holds("`remove` says what it removed", "removed /etc/systemd/system/toctrace.service" in told)
    holds("the unit is gone", "not-found" in shown("LoadState"), shown("LoadState"))


def run_keeps() -> None:
    """`run` gives capabilities up for itself alone."""
    bare = call("grep", "^Cap", "/proc/self/status")
    watched = call("toctrace", "run", "--", "grep", "^Cap", "/proc/self/status")
    holds("a command under `run` keeps its capabilities", watched == bare, watched)


STEPS = (install, start, powers, catch, rotate, killed, hung, stop, remove, run_keeps)

if __name__ == "__main__":
    for step in STEPS:
        say(f"== {step.__name__}")
        step()
    say("all of it holds")
