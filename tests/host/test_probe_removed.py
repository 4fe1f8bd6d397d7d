"""A probe whose descriptor is closed behind the tool's back is noticed, said, and no clean run."""

from __future__ import annotations

import os
import time

import pytest

from detector.capture.backends import TRACEPOINT
from detector.capture.capture import Capture
from detector.capture.filters import Filters
from detector.exits import Exit
from detector.live.session import Session
from detector.live.verdict import Allowed
from detector.model.observation import VANISHED, Observation
from detector.model.process import Process
from detector.syscalls.migrate_pages import MIGRATE_PAGES

EVENTS = {
    "entry": "tracepoint:syscalls:sys_enter_migrate_pages",
    "exit": "tracepoint:syscalls:sys_exit_migrate_pages",
}


def watched(gone: str, *, taken_over: bool = False) -> Observation:
    """Watch nobody, by all that a tracepoint shows, and lose a probe meanwhile."""
    with Capture((MIGRATE_PAGES,), backend=TRACEPOINT) as capture:
        session = Session(
            capture,
            run="test",
            rules=(),
            identify=lambda _: Process(),
            emit=lambda _: None,
            alert=lambda _: None,
        )
        session.arm(Filters(marked=True))
        session.begin()
        session.step(0)
        for one in capture._program.attached:
            if one.via == gone:
                if taken_over:
                    os.dup2(0, one.fd)
                else:
                    os.close(one.fd)
        until = time.monotonic() + 3
        while time.monotonic() < until:
            session.step(50)
        session.settle()
        return session.finish(Allowed())


@pytest.mark.parametrize("taken_over", [False, True])
@pytest.mark.parametrize("stage", EVENTS)
def test_a_probe_that_goes_away_is_noticed_and_said(stage: str, *, taken_over: bool) -> None:
    observation = watched(EVENTS[stage], taken_over=taken_over)
    [lost] = [one for one in observation.stages if one.abi == "x86_64" and one.stage == stage]
    assert not lost.armed
    assert lost.reason == "lost while watching: its descriptor was closed"
    assert observation.notes == (f"migrate_pages: the {stage} stage was {lost.reason}",)
    assert observation.lost == {VANISHED: 1}
    assert observation.tool_status == Exit.DEGRADED


def test_probes_that_stay_are_not_doubted() -> None:
    observation = watched("none")
    assert (observation.notes, observation.lost) == ((), {})
    assert {one.stage for one in observation.stages if one.armed} == set(EVENTS)
