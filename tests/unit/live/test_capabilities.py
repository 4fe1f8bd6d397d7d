from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from detector.live.capabilities import Capability, names, of_threads, parse_status
from detector.live.privileges import RUN, WATCH, for_writers, needed

CHECKOUT = Path(__file__).parents[3]
SHED = """
import sys, threading
from detector.live.capabilities import Capability
from detector.live.privileges import shed
from detector.log import set_up_log
set_up_log(verbose=True)
if "thread" in sys.argv:
    threading.Thread(target=threading.Event().wait, daemon=True).start()
shed(frozenset({Capability.CAP_SYS_PTRACE}))
print(open("/proc/thread-self/status").read())
"""
AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root has something to give up")


def _shed(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", SHED, *arguments],
        cwd=CHECKOUT,
        check=True,
        capture_output=True,
        text=True,
    )


@AS_ROOT
def test_all_but_what_is_kept_is_gone_for_good() -> None:
    done = _shed()
    sets = parse_status(done.stdout)
    kept = 1 << Capability.CAP_SYS_PTRACE
    assert (sets.permitted, sets.effective, sets.bounding) == (kept, kept, kept)
    assert "NoNewPrivs:\t1" in done.stdout
    assert "remaining=['CAP_SYS_PTRACE']" in done.stderr


@AS_ROOT
def test_a_thread_that_holds_more_is_said() -> None:
    done = _shed("thread")
    assert "capabilities_kept" in done.stderr
    assert "CAP_SYS_ADMIN" in done.stderr


def test_the_kernels_hexadecimal_is_read() -> None:
    text = "Name:\tx\nCapInh:\t0000000000000000\nCapPrm:\t0000000000080000\n"
    text += "CapEff:\t0000000000080001\nCapBnd:\t000001ffffffffff\nCapAmb:\t0000000000000000\n"
    sets = parse_status(text)
    assert names(sets.permitted) == ["CAP_SYS_PTRACE"]
    assert names(sets.effective) == ["CAP_CHOWN", "CAP_SYS_PTRACE"]
    assert len(names(sets.bounding)) == 41


def test_a_capability_of_a_newer_kernel_goes_by_its_number() -> None:
    assert names(1 << 50) == ["capability 50"]


def test_every_thread_is_looked_at() -> None:
    assert len(of_threads()) == len(os.listdir("/proc/self/task"))  # noqa: PTH208


@pytest.mark.parametrize(
    ("release", "bpf"),
    [
        ("6.12.117+deb12-amd64", False),
        ("5.19.0", False),
        ("5.18.19", True),
        ("5.11.0-generic", True),
        ("strange", True),
    ],
)
def test_maps_want_cap_bpf_before_5_19(release: str, bpf: bool) -> None:  # noqa: FBT001
    assert (Capability.CAP_BPF in needed(WATCH, release)) is bpf


def test_nothing_that_rules_the_host_is_kept() -> None:
    for purposes in (WATCH, RUN):
        assert Capability.CAP_SYS_ADMIN not in needed(purposes, "6.1")
        assert Capability.CAP_NET_ADMIN not in needed(purposes, "6.1")


@pytest.mark.parametrize(
    ("paranoid", "admin"), [("-1\n", False), ("2\n", False), ("3\n", True), ("4", True), ("", True)]
)
def test_watchpoints_want_cap_sys_admin_where_perf_events_are_restricted_further(
    tmp_path: Path, paranoid: str, *, admin: bool
) -> None:
    file = tmp_path / "perf_event_paranoid"
    file.write_text(paranoid)
    kept = for_writers(file)
    assert {Capability.CAP_PERFMON, Capability.CAP_SYS_PTRACE} <= set(kept)
    assert (Capability.CAP_SYS_ADMIN in kept) is admin
