"""Calls of the tool's own, which show what its probes see."""

from __future__ import annotations

import os
import time
from collections.abc import Callable

from detector.capture.capture import Capture, own_pidfd
from detector.capture.wire import Seed
from detector.model.snapshot import Snapshot
from detector.model.stage import Stage

ABI = "x86_64"
"""By which the tool itself calls."""


def expected_stages(capture: Capture, syscall: str) -> set[Stage]:
    """Give the stages that an own call of `syscall` is to show."""
    return {
        state.stage
        for state in capture.stages
        if state.armed and state.abi in {ABI, "any"} and state.syscall == syscall
    }


def stages(snapshots: list[Snapshot]) -> set[Stage]:
    """Give the stages that these are of."""
    return {snapshot.stage for snapshot in snapshots}


def own_snapshots(
    capture: Capture,
    call: Callable[[], object],
    enough: Callable[[list[Snapshot]], bool],
    within_s: float,
) -> list[Snapshot]:
    """Make `call` as the tool's own, and read until there is enough, or for `within_s`.

    It is made on the calling thread, which must lead its process.
    """
    pidfd = own_pidfd()
    capture.mark(pidfd, Seed.OWN)
    try:
        call()
    finally:
        capture.unmark(pidfd)
        os.close(pidfd)
    snapshots: list[Snapshot] = []
    deadline = time.monotonic() + within_s
    while not enough(snapshots) and time.monotonic() < deadline:
        capture.peek()
        snapshots += capture.take_own()
    return snapshots
