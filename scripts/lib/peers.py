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
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path

from detector.bench.spread import Spread, ratios, to_middle
from detector.bench.variants import Empty, Variant, Watching
from detector.capture.backends import KPROBE
from detector.capture.capture import Capture
from detector.syscalls.entry import Syscall
from detector.syscalls.table import DEFAULT, chosen
from peer_loads import LOADS, Load

CALLS, ROUNDS = 1_000, 5
BARE, EMPTY, OWN = "nothing", "empty kprobes", "toctrace"
END_S = 60.0
READY_S = 300.0
"""Within this a tool must be there; an emulated one compiles for a minute."""
KPROBES = Path("/sys/kernel/debug/kprobes/list")
FEWEST = 0.9
"""Of the calls, so many must be in the audit's log: a peer that does nothing is no peer."""

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


def bpftrace(load: Load) -> AbstractContextManager[None]:
    """Give the paired script. Longer strings do not fit on a program's stack."""
    script = Path(__file__).with_name(f"peer_{load.syscall}.bt")
    return running(
        ["env", "BPFTRACE_STRLEN=32", "bpftrace", script], lambda: probed(load.functions)
    )


def trace(load: Load) -> AbstractContextManager[None]:
    """Give bcc's trace, which prints every call."""
    return running(["trace-bpfcc", *load.trace], lambda: probed(load.functions))


def strace(load: Load) -> AbstractContextManager[None]:
    """Give strace on this process and its children."""
    pid = str(os.getpid())
    return running(["strace", "-f", "-e", f"trace={load.syscall}", "-p", pid], traced)


def told(command: Sequence[str]) -> bytes:
    """Run a command; give what it says."""
    return subprocess.run(command, check=True, capture_output=True).stdout


@contextmanager
def audit(load: Load, calls: int) -> Iterator[None]:
    """Give an audit rule, with auditd to take what it says; so many calls must be in its log."""
    rule = ("always,exit", "-F", "arch=b64", "-S", load.syscall, "-k", "peer")
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
        records = (Path(folder) / "audit.log").read_bytes().count(b"type=SYSCALL")
    if records < FEWEST * calls:
        sys.exit(f"of {calls:,} calls the audit's log has {records:,}")


@contextmanager
def attached(variant: Variant) -> Iterator[None]:
    """Give programs of toctrace's own."""
    variant.attach()
    try:
        yield
    finally:
        variant.detach()


def timed(load: Load, calls: int) -> float:
    """Give ns a call, made by a child, for every peer alike.

    Audit looks at no process that is older than it (kernel/auditsc.c: audit_alloc).
    """
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        with load.calling() as make:
            make(calls // 10)
            os.write(writer, str(make(calls)).encode())
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        took = pipe.read()
    if os.waitpid(pid, 0)[1] != 0 or not took:
        sys.exit("the load failed")
    return float(took)


def measure(peers: dict[str, Peer], load: Load, rounds: int, calls: int) -> dict[str, list[float]]:
    """Give ns a call by tool, each in turn, round after round: there and back again."""
    took: dict[str, list[float]] = {name: [] for name in peers}
    for number in range(rounds):
        for name, peer in list(peers.items())[:: -1 if number % 2 else 1]:
            began = time.monotonic()
            with peer():
                took[name].append(timed(load, calls))
            told = f"{took[name][-1]:,.0f} ns a call, {time.monotonic() - began:.0f} s in all"
            print(f"round {number + 1} of {rounds}: {name}: {told}", file=sys.stderr, flush=True)
    return took


def peers_of(load: Load, calls: int, stack: ExitStack) -> dict[str, Peer]:
    """Compile what is compiled once; `stack` frees it."""
    syscalls = chosen((load.syscall,))
    empty = Empty(KPROBE, syscalls)
    stack.callback(empty.close)

    def watching(capture: Capture, *, gated: bool) -> Peer:
        return lambda: attached(Watching(capture, gated=gated))

    def loaded(*of: Syscall) -> Capture:
        capture = Capture(of, backend=KPROBE)
        capture.load()
        stack.callback(capture.close)
        return capture

    own = loaded(*syscalls)
    ours: dict[str, Peer] = {
        BARE: contextlib.nullcontext,
        EMPTY: lambda: attached(empty),
        OWN: watching(own, gated=True),
        "toctrace --no-gate": watching(own, gated=False),
        **({"NUMA calls alone": watching(loaded(*DEFAULT), gated=True)} if load.hot else {}),
    }
    if not load.peers:
        return ours
    return {
        **ours,
        "bpftrace": lambda: bpftrace(load),
        **({"bcc's trace": lambda: trace(load)} if load.trace else {}),
        "audit rule": lambda: audit(load, calls),
        "strace": lambda: strace(load),
    }


def only(peers: dict[str, Peer], names: Sequence[str]) -> dict[str, Peer]:
    """Give those of these names, and what they are held against; all where none is named."""
    unknown = set(names) - set(peers)
    if unknown:
        sys.exit(f"no such tool: {', '.join(sorted(unknown))}; there are {', '.join(peers)}")
    return {name: peer for name, peer in peers.items() if not names or name in {BARE, *names}}


def shown(ratio: Spread | None) -> str:
    """Write a ratio with its quartiles."""
    return f"{ratio.median:.3g} ({ratio.low:.3g}-{ratio.high:.3g})" if ratio else "-"


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(prog="scripts/bench-peers", description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--calls", type=int, default=CALLS, help="in a round, of each")
    parser.add_argument(
        "--load", choices=LOADS, default="migrate_pages", help="which call, or page faults"
    )
    parser.add_argument("--only", action="append", default=[], help="this tool (repeatable)")
    asked = parser.parse_args()
    load = LOADS[asked.load]
    with ExitStack() as stack:
        peers = only(peers_of(load, asked.calls, stack), asked.only)
        took = measure(peers, load, asked.rounds, asked.calls)
    bare = took[BARE]
    added = {
        name: [with_it - without for with_it, without in zip(times, bare, strict=True)]
        for name, times in took.items()
    }
    print(f"{asked.rounds} rounds of {asked.calls} calls of {asked.load} on {os.uname().release}:")
    print("ratios, with quartiles")
    print(f"{'':<20}{'call / bare call':>24}{'added / by empty':>24}{'added / by toctrace':>24}")
    for name, times in took.items():
        floor, own = (
            shown(to_middle(added[name], added[other]) if name != BARE and other in took else None)
            for other in (EMPTY, OWN)
        )
        print(f"{name:<20}{shown(ratios(times, bare)):>24}{floor:>24}{own:>24}")


if __name__ == "__main__":
    main()
