"""Before it arms, the tool makes one honest and one raced call of its own of each system call.

They are followed while nobody else's are, so that no flood pushes their snapshots out of the ring
buffer.

A probe that attaches and is not on the path is caught only by a known workload: a stage that
stays silent is lost, and said.
"""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Callable
from functools import partial

from detector.capture.capture import Capture, own_pidfd
from detector.capture.wire import Seed
from detector.correlate.correlator import correlate
from detector.model.enforcement import Enforced, Mode
from detector.model.judgement import Kind
from detector.model.snapshot import Snapshot
from detector.model.stage import LADDER, Stage

DEADLINE_S = 5.0
"""How long the own calls' snapshots may take to arrive."""
_ABI = "x86_64"


def prove(
    capture: Capture, honest: Callable[[str], object], raced: Callable[[str], object]
) -> list[str]:
    """Make both calls of each watched system call, mark silent stages, and give what is wrong.

    `honest` and `raced` are given the system call's name, and call on the calling thread, which
    must lead its process. An empty list: every armed stage spoke, and each
    race was seen.
    """
    return [
        problem
        for name in capture.watched
        for problem in _prove(capture, name, partial(honest, name), partial(raced, name))
    ]


def _prove(
    capture: Capture, name: str, honest: Callable[[], object], raced: Callable[[], object]
) -> list[str]:
    """Prove the stages of the system call `name`; the own calls make others of their own."""
    expected = {
        state.stage
        for state in capture.stages
        if state.armed
        and state.abi in {_ABI, "any"}
        and state.syscall == name
        and state.stage is not Stage.SUPERVISE  # nobody supervises the tool's own task
    }

    def of_it(seen: list[Snapshot]) -> list[Snapshot]:
        return [snapshot for snapshot in seen if snapshot.syscall == name]

    snapshots = of_it(
        _own_snapshots(capture, honest, lambda seen: expected <= _stages(of_it(seen)))
    )
    silent = [stage for stage in LADDER if stage in expected - _stages(snapshots)]
    for stage in silent:
        capture.silence(name, stage, _ABI, "attached, and silent at a call of the tool's own")
    problems = [f"{name}: the {stage} stage stayed silent at an own call" for stage in silent]
    armed = frozenset(expected.difference(silent))
    if any(_kinds(snapshots, armed)):
        problems.append(f"{name}: an own honest call was judged a race")
    if {Stage.COPY, Stage.EXIT} & armed:

        def found(seen: list[Snapshot]) -> bool:
            return Kind.RACE in _kinds(of_it(seen), armed)

        if not found(_own_snapshots(capture, raced, found)):
            problems.append(f"{name}: an own raced call was not judged a race")
    return problems


def prove_enforcement(capture: Capture, raced: Callable[[], object]) -> str:
    """Make a raced call of the tool's own, and say why it was not stopped; nothing where it was.

    `raced` makes it on the calling thread, which must lead its process. Own calls are never
    killed: what would be done is told.
    """
    enforcing = capture.enforcing
    wanted = Enforced.WOULD_REFUSE
    if enforcing is not None and enforcing.mode is Mode.REFUSE:
        wanted = Enforced.REFUSED

    def stopped(seen: list[Snapshot]) -> bool:
        return any(snapshot.enforced is wanted for snapshot in seen)

    snapshots = _own_snapshots(capture, raced, stopped)
    if not stopped(snapshots):
        return "an own raced call came to the hook, and nothing was done about it"
    refused = [s.returned for s in snapshots if s.enforced is Enforced.REFUSED]
    if any(returned != -errno.EPERM for returned in refused):
        return "an own raced call was refused, and did not end with EPERM"
    return ""


def _stages(snapshots: list[Snapshot]) -> set[Stage]:
    return {snapshot.stage for snapshot in snapshots}


def _kinds(snapshots: list[Snapshot], armed: frozenset[Stage]) -> set[Kind | None]:
    return {call.kind for call in correlate(snapshots, armed=armed)}


def _own_snapshots(
    capture: Capture, call: Callable[[], object], enough: Callable[[list[Snapshot]], bool]
) -> list[Snapshot]:
    """Make `call` as the tool's own, and read until there is enough, or the deadline."""
    pidfd = own_pidfd()
    capture.mark(pidfd, Seed.OWN)
    try:
        call()
    finally:
        capture.unmark(pidfd)
        os.close(pidfd)
    snapshots: list[Snapshot] = []
    deadline = time.monotonic() + DEADLINE_S
    while not enough(snapshots) and time.monotonic() < deadline:
        capture.peek()
        snapshots += capture.take_own()
    return snapshots
