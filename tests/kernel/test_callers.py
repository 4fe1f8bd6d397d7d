"""Who called stands in every snapshot, as the kernel itself has it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from detector.capture.capture import Capture
from detector.capture.filters import Filters
from detector.live.cgroup import ROOT
from detector.model.snapshot import Snapshot
from detector.syscalls.migrate_pages import MIGRATE_PAGES

UID, GID, COMM = 65534, 65533, "fifteen-bytes-x"
STAGES = 5
"""Snapshots of a call: the entry, two copies, the use, and the exit."""
CALLER = (
    *(sys.executable, str(Path(__file__).parent / "caller.py")),
    *("--uid", str(UID), "--gid", str(GID), "--comm", COMM),
)


def test_every_stage_names_the_caller_as_it_is() -> None:
    inner = ROOT / "toctrace-test-callers"
    own = ROOT / Path("/proc/self/cgroup").read_text().strip().removeprefix("0::").lstrip("/")
    inner.mkdir()
    try:
        with Capture((MIGRATE_PAGES,)) as capture:
            capture.arm(Filters(uid=UID))
            (inner / "cgroup.procs").write_text(str(os.getpid()))  # the child begins there
            subprocess.run([*CALLER, "1"], check=True)
            snapshots = [item for item in capture.read(100) if isinstance(item, Snapshot)]
        number = inner.stat().st_ino
    finally:
        (own / "cgroup.procs").write_text(str(os.getpid()))
        inner.rmdir()
    callers = [(one.task.uid, one.task.gid, one.task.cgroup, one.task.comm) for one in snapshots]
    assert callers == [(UID, GID, number, COMM)] * STAGES
