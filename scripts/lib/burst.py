"""Measures what sinks cost the loop that judges: a burst of findings, three sinks, one dead.

One machine, one run: snapshots judged per second with sinks against without, as a ratio; the
longest that one alert held the loop up; and what memory grew by.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from detector.correlate.correlator import correlate
from detector.model.alert import Alert
from detector.model.finding import Finding
from detector.model.snapshot import Snapshot
from detector.render.originator import Originator
from detector.rules.evaluate import judge_by_rules
from detector.rules.load import shipped_rules
from detector.sinks.outlet import Outlet, SpoolSettings
from detector.sinks.url import parse_sink
from tests.unit.builders import ALL_ARMED, Mask, content, ladder
from tests.unit.samples import META, PROCESS

BURST = 10_000
ROUNDS = 3
_COLLECTOR = (
    "import socket; s = socket.create_server(('127.0.0.1', 0));"
    "print(s.getsockname()[1], flush=True); c, _ = s.accept()\n"
    "while c.recv(1 << 20): pass"
)
_DEAD_PORT = 1


def raced_calls() -> list[Snapshot]:
    """Make the snapshots of raced calls."""
    raced = Mask(content(2), copy=content(1), exit=content(1))
    calls = (ladder(number, masks={"old_nodes": raced}) for number in range(BURST))
    return [snapshot for call in calls for snapshot in call]


def judge(snapshots: list[Snapshot], emit: Callable[[Finding], None]) -> float:
    """Judge everything; give snapshots per second."""
    rules = shipped_rules()
    began = time.perf_counter()
    for call in correlate(iter(snapshots), armed=ALL_ARMED):
        for finding in judge_by_rules(call, PROCESS, rules, 0):
            emit(finding)
    return len(snapshots) / (time.perf_counter() - began)


def with_sinks(snapshots: list[Snapshot], folder: Path) -> tuple[float, float]:
    """Judge with three sinks; give snapshots per second, and the longest `send` in s."""
    with subprocess.Popen(
        [sys.executable, "-c", _COLLECTOR], stdout=subprocess.PIPE, text=True
    ) as collector:
        assert collector.stdout is not None  # noqa: S101  (PIPE)
        port = int(collector.stdout.readline())
        urls = (
            f"syslog+tcp://127.0.0.1:{port}",
            f"syslog+tcp://127.0.0.1:{_DEAD_PORT}",
            f"jsonl:{folder}/alerts.jsonl",
        )
        spool = SpoolSettings(folder=folder / "spool")
        outlet = Outlet([parse_sink(url) for url in urls], META, Originator(pid=1), spool)
        outlet.start()
        longest = 0.0

        def emit(finding: Finding) -> None:
            nonlocal longest
            alert = Alert(
                id=str(finding.call.number),
                finding=finding,
                count=1,
                first_unix_ns=finding.time_unix_ns,
                last_unix_ns=finding.time_unix_ns,
            )
            began = time.perf_counter()
            outlet.send(alert)
            longest = max(longest, time.perf_counter() - began)

        speed = judge(snapshots, emit)
        outlet.flush(120)
        dropped = sum(state.dropped for state in outlet.states())
        outlet.close()
        if dropped:
            print(f"DROPPED: {dropped}")
        collector.terminate()
    return speed, longest


def main() -> None:
    """Measure and print."""
    snapshots = raced_calls()
    plain, sinks, longest = 0.0, 0.0, 0.0
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for _ in range(ROUNDS):
        plain = max(plain, judge(snapshots, lambda _: None))
        with tempfile.TemporaryDirectory() as folder:
            speed, held = with_sinks(snapshots, Path(folder))
        sinks, longest = max(sinks, speed), max(longest, held)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    print(f"a burst of {BURST} findings at once, three sinks, one of them dead:")
    print(f"  snapshots judged with sinks against without: {sinks / plain:.2f}")
    print(f"  the longest that one alert held the loop up: {longest * 1000:.1f} ms")
    print(f"  memory that was needed for it: {grown / 1024:.0f} MiB at most")


if __name__ == "__main__":
    main()
