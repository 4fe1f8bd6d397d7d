"""A call that stays in the kernel, in a run over a capture of recorded snapshots."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest

from detector.capture.capture import Capture
from detector.correlate.limits import PARKED_NS
from detector.live.session import Session
from detector.model.finding import Finding
from detector.model.judgement import Cut, Kind
from detector.model.snapshot import Loss, Snapshot
from tests.unit.builders import Mask, content, ladder
from tests.unit.samples import PROCESS, RULES, make_observation

RACED = {"old_nodes": Mask(content(2), copy=content(1))}


def begun(
    monkeypatch: pytest.MonkeyPatch, coming: list[list[Snapshot | Loss]]
) -> tuple[Session, list[int], list[Finding]]:
    """Give a session that reads `coming` from its end, the clock it goes by, and its findings."""
    clock = [0]
    monkeypatch.setattr("detector.live.session.boot_now_ns", lambda: clock[0])
    capture = SimpleNamespace(
        backend="kprobe",
        stages=make_observation().stages,
        enforcing=None,
        read=lambda _: coming.pop() if coming else [],
        lose_vanished=list[Any],
        untold=(),
    )
    found: list[Finding] = []
    session = Session(
        cast("Capture", capture),
        run="0" * 16,
        rules=RULES,
        identify=lambda _: PROCESS,
        emit=found.append,
        alert=lambda _: None,
    )
    session.begin()
    return session, clock, found


def test_a_parked_call_is_told_while_nothing_arrives(monkeypatch: pytest.MonkeyPatch) -> None:
    session, clock, found = begun(monkeypatch, [[*ladder(masks=RACED)[:-1]]])
    for seconds in range(1, 10):
        clock[0] = seconds * 10**9
        session.step(0)
    assert found == []
    clock[0] = 2 * PARKED_NS
    session.step(0)
    assert [finding.call.cut for finding in found] == [Cut.PARKED]


def test_a_call_whose_end_was_not_read_yet_is_not_parked(monkeypatch: pytest.MonkeyPatch) -> None:
    """A tool that was stopped reads what was made long ago, a part at a time."""
    *there, exit_ = ladder(masks=RACED)
    session, clock, found = begun(monkeypatch, [[exit_], [*there]])
    clock[0] = 2 * PARKED_NS
    session.step(0)
    session.step(0)
    assert [(finding.kind, finding.call.cut) for finding in found] == [(Kind.RESTORE, None)]
