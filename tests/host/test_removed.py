"""A probe that goes away behind the tool's back is noticed, said, and no clean run."""

from __future__ import annotations

import pytest

from detector.capture.backends import TRACEPOINT
from detector.capture.capture import Capture
from detector.capture.filters import Filters
from detector.exits import Exit
from detector.live.session import Session
from detector.live.verdict import Allowed
from detector.model.observation import Observation
from detector.model.process import Process
from detector.syscalls.migrate_pages import MIGRATE_PAGES

EVENTS = {"entry": b"syscalls:sys_enter_migrate_pages", "exit": b"syscalls:sys_exit_migrate_pages"}


def watched(gone: bytes | None) -> Observation:
    """Watch nobody, by all that a tracepoint shows, and lose one of them meanwhile."""
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
        if gone:
            capture._program._bpf.detach_tracepoint(gone)
        session.settle()
        return session.finish(Allowed())


@pytest.mark.parametrize("stage", EVENTS)
def test_a_probe_that_goes_away_is_noticed_and_said(stage: str) -> None:
    observation = watched(EVENTS[stage])
    [lost] = [one for one in observation.stages if one.abi == "x86_64" and one.stage == stage]
    assert not lost.armed
    assert "removed or disabled" in lost.reason
    assert any(f"the {stage} stage fell silent" in note for note in observation.notes)
    assert observation.tool_status == Exit.DEGRADED


def test_probes_that_stay_are_not_doubted() -> None:
    observation = watched(None)
    assert not any("silent" in note for note in observation.notes)
    assert {one.stage for one in observation.stages if one.armed} == set(EVENTS)
