"""The kernel lets through exactly the calls that a filter names."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from detector.capture.capture import Capture
from detector.capture.filters import Filters
from detector.live.cgroup import ROOT, cgroup_filter
from detector.syscalls.migrate_pages import MIGRATE_PAGES

TIMES = 5
Counted = Callable[[Filters, Callable[[], object]], int]
CALLER = (sys.executable, str(Path(__file__).parent / "caller.py"))


@pytest.fixture(scope="module")
def capture() -> Iterator[Capture]:
    with Capture((MIGRATE_PAGES,)) as opened:
        yield opened


@pytest.fixture
def counted(capture: Capture) -> Counted:
    """Give how many calls a filter lets through while something is done."""

    def count(filters: Filters, do: Callable[[], object]) -> int:
        before = capture.totals().begun
        capture.arm(filters)
        try:
            do()
        finally:
            capture.disarm()
        capture.read(0)
        return capture.totals().begun - before

    return count


def call(*options: str) -> None:
    subprocess.run([*CALLER, *options, str(TIMES)], check=True)


def everybody() -> None:
    """Callers of every sort, one of which each filter below names."""
    call()
    call("--uid", "65534")
    two_of_alike_names()


def two_of_alike_names() -> None:
    call("--comm", "fifteen-bytes-x")
    call("--comm", "fifteen-bytes")


def test_without_a_filter_every_call_is_watched(counted: Counted) -> None:
    assert counted(Filters(), everybody) == 4 * TIMES


def test_a_uid_is_the_callers_own(counted: Counted) -> None:
    assert counted(Filters(uid=65534), everybody) == TIMES
    assert counted(Filters(uid=65533), lambda: call("--uid", "65534")) == 0


def test_a_comm_is_compared_whole(counted: Counted) -> None:
    assert counted(Filters(comm=b"fifteen-bytes"), everybody) == TIMES
    assert counted(Filters(comm=b"fifteen-bytes-x"), two_of_alike_names) == TIMES
    assert counted(Filters(comm=b"fifteen"), two_of_alike_names) == 0


def test_a_cgroup_holds_with_all_below_it(counted: Counted) -> None:
    outer = ROOT / "toctrace-test"
    inner = outer / "inner"
    beside = ROOT / "toctrace-test-beside"
    own = Path("/proc/self/cgroup").read_text().strip().removeprefix("0::")
    for folder in (outer, inner, beside):
        folder.mkdir()

    def from_each() -> None:
        for folder in (outer, inner, beside):
            (folder / "cgroup.procs").write_text(str(os.getpid()))  # the child begins there
            call()
            (ROOT / own.lstrip("/") / "cgroup.procs").write_text(str(os.getpid()))

    try:
        number, level = cgroup_filter(outer)
        assert counted(Filters(cgroup=number, cgroup_level=level), from_each) == 2 * TIMES
        number, level = cgroup_filter(inner)
        assert counted(Filters(cgroup=number, cgroup_level=level), from_each) == TIMES
    finally:
        for folder in (inner, outer, beside):
            folder.rmdir()


def test_a_pid_is_a_number_of_the_watchers_own_namespace(counted: Counted) -> None:
    with subprocess.Popen(
        [*CALLER, "--wait", str(TIMES)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as wanted:
        assert wanted.stdout
        assert wanted.stdout.readline() == b"ready\n"

        def calls() -> None:
            inside = f"echo {wanted.pid - 1} >/proc/sys/kernel/ns_last_pid; {' '.join(CALLER)} 3"
            script = f"{inside} & wait $!; test $! = {wanted.pid} || exit 9"
            subprocess.run(["unshare", "-pf", "--mount-proc", "sh", "-c", script], check=True)
            wanted.communicate(b"\n")

        assert counted(Filters(pid=wanted.pid), calls) == TIMES
