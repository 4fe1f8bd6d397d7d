"""A call whose copy was not seen is let through and told of, unless it was asked for otherwise."""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from detector.capture.capture import Capture
from detector.capture.enforcing import Enforcing
from detector.capture.filters import Filters
from detector.exits import Exit
from detector.live.verdict import Allowed
from detector.model.enforcement import Enforced, Mode
from detector.model.finding import Finding
from detector.model.judgement import Kind
from detector.model.observation import VANISHED
from detector.model.stage import Stage
from detector.rules.load import load_rules
from detector.simulate import play
from detector.syscalls.migrate_pages import MIGRATE_PAGES
from enforce_honest import EVERYBODY
from tests.kernel.rules import ENFORCE_RACED
from tests.kernel.sessions import begun_session
from tests.kernel.test_enforce import BLIND, Enforcement
from tests.kernel.test_probe_removed import NOTICED_S, close, lost
from tests.kernel.test_stages import hiding

TIMES = 3
REFUSING = Enforcing(mode=Mode.REFUSE)


def hide_copies(capture: Capture) -> None:
    """As where `get_nodes` is inlined: no copy is known to have begun."""
    capture._syscalls = (hiding(Stage.COPY, "no_such_function"),)
    capture.attach()


def miss_returns(capture: Capture) -> None:
    """As where the pool of return instances is used up: copies begin, and none is seen to end."""
    capture._program._fexit = False
    capture.attach()
    for attached in capture._program.attached:
        if attached.via == "kretprobe:get_nodes":
            os.close(attached.fd)


@pytest.fixture(scope="module")
def compiled() -> Iterator[Capture]:
    with Capture((MIGRATE_PAGES,), enforcing=REFUSING) as capture:
        yield capture


def test_a_copy_that_is_lost_while_enforcing_lets_races_through_and_both_are_said(
    compiled: Capture, tmp_path: Path
) -> None:
    """The first test here: an observation tells all that was ever counted."""
    (tmp_path / "enforce-nodemask.yaml").write_text(ENFORCE_RACED)
    found: list[Finding] = []
    session = begun_session(compiled, found, rules=load_rules(tmp_path))
    enforcement = Enforcement(compiled)
    assert enforcement.made("flip-old") == [-errno.EPERM] * TIMES
    close(compiled, Stage.COPY)
    until = time.monotonic() + NOTICED_S
    while time.monotonic() < until and not lost(compiled):
        session.step(50)
    play("flip-old", TIMES)
    session.settle()
    observation = session.finish(Allowed())
    # a call of which a half is lost is no finding: it is let through, and counted as incomplete
    assert [(finding.kind, finding.enforced) for finding in found] == [
        (Kind.RACE, Enforced.REFUSED)
    ] * TIMES
    assert observation.incomplete == TIMES
    assert observation.enforced == {Enforced.REFUSED: TIMES, Enforced.LET_THROUGH: TIMES}
    assert observation.lost[VANISHED] == 1
    assert any(note.startswith("migrate_pages: the copy stage") for note in observation.notes)
    assert observation.tool_status == Exit.FOUND


@pytest.fixture(scope="module", params=[hide_copies, miss_returns])
def without_copies(request: pytest.FixtureRequest, compiled: Capture) -> Iterator[Enforcement]:
    """Enforces on calls of which no copy is seen; those of a call before, by this task, were."""
    compiled.detach()
    compiled.attach()
    compiled.arm(Filters(), gated=True)
    enforcement = Enforcement(compiled)
    enforcement.set()
    assert enforcement.made("flip-old") == [-errno.EPERM] * TIMES
    compiled.detach()
    request.param(compiled)
    enforcement.seen()
    yield enforcement
    compiled._syscalls = (MIGRATE_PAGES,)
    compiled._program._fexit = True


@pytest.mark.parametrize("scenario", ["flip-old", "restore", "clean"])
def test_a_call_without_its_copy_is_let_through_and_told_of(
    without_copies: Enforcement, scenario: str
) -> None:
    for named, blind in ((EVERYBODY, False), (BLIND, False), (EVERYBODY, True)):
        without_copies.set(named, blind=blind)
        before = without_copies.counted()
        made = play(scenario, TIMES).call_count  # holds what each call returned against the truth
        exits = [s for s in without_copies.seen() if s.stage is Stage.EXIT]
        assert [s.enforced for s in exits] == [Enforced.LET_THROUGH] * made
        after = before.get(Enforced.LET_THROUGH, 0) + made
        assert without_copies.counted() == {**before, Enforced.LET_THROUGH: after}


@pytest.mark.parametrize("scenario", ["flip-old", "clean"])
def test_where_a_rule_names_blind_calls_and_it_was_asked_for_it_is_refused_honest_or_not(
    without_copies: Enforcement, scenario: str
) -> None:
    without_copies.set(BLIND, blind=True)
    assert set(without_copies.made(scenario)) == {-errno.EPERM}
    exits = [s for s in without_copies.seen() if s.stage is Stage.EXIT]
    assert {s.enforced for s in exits} == {Enforced.REFUSED}
