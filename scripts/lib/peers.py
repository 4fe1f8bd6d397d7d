"""Measures what other tools cost at the same call, against toctrace, round by round in one run."""

from __future__ import annotations

import argparse
import contextlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from detector.bench.caller import Caller, calling
from detector.bench.spread import Spread, ratios
from detector.bench.variants import Empty, Variant, Watching
from detector.capture.backends import KPROBE
from detector.capture.capture import Capture

CALLS, ROUNDS = 1_000, 5
END_S = 60.0
READY_S = 300.0
"""Within this a tool must be there; an emulated one compiles for a minute."""
KPROBES = Path("/sys/kernel/debug/kprobes/list")
PATH = ("__x64_sys_migrate_pages", "get_nodes", "do_migrate_pages")
BPFTRACE = Path(__file__).with_name("peer.bt")
TRACE = (
    '__x64_sys_migrate_pages(struct pt_regs *regs) "%llx %llx", regs->dx, regs->r10',
    'get_nodes(u64 *to) "%llx", to',
    'r::get_nodes "%d", retval',
    'do_migrate_pages(void *mm, u64 *from, u64 *to) "%llx %llx", *from, *to',
)
"""What bcc's trace can print of it: pointers at entry, and the first word of what is used."""

Peer = Callable[[], AbstractContextManager[None]]


@contextmanager
def running(command: Sequence[str | Path], there: Callable[[], bool]) -> Iterator[None]:
    """Run a tool, whose output goes to a file, as somebody would who keeps it."""
    with tempfile.TemporaryFile() as kept:
        process = subprocess.Popen(command, stdout=kept, stderr=kept)
        try:
            until = time.monotonic() + READY_S
            while not there():
                if process.poll() is not None or time.monotonic() > until:
                    kept.seek(0)
                    sys.exit(f"{command[0]} did not start: {kept.read()[-2000:]!r}")
                time.sleep(0.1)
            yield
        finally:
            process.terminate()
            try:
                process.wait(END_S)
            except subprocess.TimeoutExpired:
                process.kill()


def probed(functions: Sequence[str]) -> bool:
    """Whether there is a kprobe, attached, at each of these."""
    lines = [line.split() for line in KPROBES.read_text().splitlines()]
    there = {line[2].partition("+")[0] for line in lines if "[DISABLED]" not in line}
    return there >= set(functions)


def traced() -> bool:
    """Whether somebody traces this process."""
    return "TracerPid:\t0\n" not in Path("/proc/self/status").read_text()


def bpftrace() -> AbstractContextManager[None]:
    """Give the paired script."""
    return running(["bpftrace", BPFTRACE], lambda: probed(PATH))


def trace() -> AbstractContextManager[None]:
    """Give bcc's trace, which prints every call."""
    return running(["trace-bpfcc", *TRACE], lambda: probed(PATH))


def strace() -> AbstractContextManager[None]:
    """Give strace on this process."""
    pid = str(os.getpid())
    return running(["strace", "-f", "-e", "trace=migrate_pages", "-p", pid], traced)


def told(command: Sequence[str]) -> bytes:
    """Run a command; give what it says."""
    return subprocess.run(command, check=True, capture_output=True).stdout


@contextmanager
def audit() -> Iterator[None]:
    """Give an audit rule, with auditd to take what it says."""
    rule = ("always,exit", "-F", "arch=b64", "-S", "migrate_pages")
    with tempfile.TemporaryDirectory() as folder:
        settings = Path(folder) / "auditd.conf"
        settings.write_text(
            f"log_file = {folder}/audit.log\nlog_format = RAW\n"
            "space_left = 20\nadmin_space_left = 10\n"
        )
        auditd = ["auditd", "-n", "-s", "nochange", "-c", folder]
        with running(auditd, lambda: b"pid 0\n" not in told(["auditctl", "-s"])):
            told(["auditctl", "-b", "65536", "-e", "1"])
            told(["auditctl", "-a", *rule])
            try:
                yield
            finally:
                told(["auditctl", "-d", *rule])
                told(["auditctl", "-e", "0"])


@contextmanager
def attached(variant: Variant) -> Iterator[None]:
    """Give programs of toctrace's own."""
    variant.attach()
    try:
        yield
    finally:
        variant.detach()


def measure(
    peers: dict[str, Peer], caller: Caller, rounds: int, calls: int
) -> dict[str, list[float]]:
    """Give ns a call by tool, each in turn, round after round."""
    took: dict[str, list[float]] = {name: [] for name in peers}
    for number in range(rounds):
        for name, peer in peers.items():
            began = time.monotonic()
            with peer():
                caller.watched(calls // 10)
                took[name].append(caller.watched(calls))
            told = f"{took[name][-1]:,.0f} ns a call, {time.monotonic() - began:.0f} s in all"
            print(f"round {number + 1} of {rounds}: {name}: {told}", file=sys.stderr, flush=True)
    return took


def shown(ratio: Spread | None) -> str:
    """Write a ratio with its quartiles."""
    return f"{ratio.median:.3g} ({ratio.low:.3g}-{ratio.high:.3g})" if ratio else "-"


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(prog="scripts/bench-peers", description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--calls", type=int, default=CALLS, help="in a round, of each")
    asked = parser.parse_args()
    capture = Capture(backend=KPROBE)
    capture.load()
    empty = Empty(KPROBE)
    with contextlib.closing(capture), contextlib.closing(empty), calling() as caller:
        took = measure(
            {
                "nothing": contextlib.nullcontext,
                "empty kprobes": lambda: attached(empty),
                "toctrace": lambda: attached(Watching(capture, gated=True)),
                "toctrace --no-gate": lambda: attached(Watching(capture, gated=False)),
                "bpftrace": bpftrace,
                "bcc's trace": trace,
                "audit rule": audit,
                "strace": strace,
            },
            caller,
            asked.rounds,
            asked.calls,
        )
    bare = took["nothing"]
    added = {
        name: [with_it - without for with_it, without in zip(times, bare, strict=True)]
        for name, times in took.items()
    }
    print(f"{asked.rounds} rounds of {asked.calls} calls on {os.uname().release}:")
    print("ratios, with quartiles")
    print(f"{'':<20}{'call / bare call':>24}{'added / by toctrace':>24}")
    for name, times in took.items():
        own = ratios(added[name], added["toctrace"]) if name != "nothing" else None
        print(f"{name:<20}{shown(ratios(times, bare)):>24}{shown(own):>24}")


if __name__ == "__main__":
    main()
