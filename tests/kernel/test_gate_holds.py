"""What the gate holds back and counts, and what it lets out, in each kernel."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator

import pytest

from detector.capture.capture import Capture, own_pidfd
from detector.capture.filters import Filters
from detector.capture.wire import Seed
from detector.model.snapshot import Loss, Snapshot
from detector.model.stage import Stage
from detector.simulate import SCENARIOS, play
from detector.syscalls.migrate_pages import MIGRATE_PAGES
from tests.kernel.scenes import HONEST
from tests.kernel.test_stages import hiding

TIMES = 3
FLOOD = 3_000


class Gated:
    """A compiled capture of this thread's calls, and what it counted since a test began."""

    def __init__(self, capture: Capture) -> None:
        self.capture = capture
        self._before = self._counted()
        self._lost = Counter(capture.totals().lost)

    def counts(self) -> dict[str, int]:
        """Give calls by what became of them."""
        return {name: n - self._before[name] for name, n in self._counted().items()}

    def lost(self) -> dict[str, int]:
        return dict(Counter(self.capture.totals().lost) - self._lost)

    def arrived(self) -> list[Snapshot]:
        items = read(self.capture)
        return [item for item in items if isinstance(item, Snapshot)]

    def _counted(self) -> dict[str, int]:
        totals = self.capture.totals()
        return {name: getattr(totals, name) for name in ("begun", "exited", "equal", "sent")}


def read(capture: Capture) -> list[Snapshot | Loss]:
    return capture.read(200) + capture.read(0)


def mark_self(capture: Capture) -> None:
    pidfd = own_pidfd()
    capture.mark(pidfd, Seed.MARKED)
    os.close(pidfd)


@pytest.fixture(scope="module")
def compiled() -> Iterator[Capture]:
    with Capture((MIGRATE_PAGES,)) as capture:
        yield capture


@pytest.fixture
def gated(compiled: Capture) -> Gated:
    """A capture that watches this thread, and holds back what is plainly the same."""
    mark_self(compiled)
    compiled.arm(Filters(marked=True), gated=True)
    read(compiled)
    return Gated(compiled)


def call_of(scenario: str) -> str:
    """Give the system call that a scenario makes."""
    return SCENARIOS[scenario].truth(1).calls[0].syscall


def test_an_honest_flood_takes_no_room_and_is_counted(gated: Gated) -> None:
    made = play("clean", FLOOD).call_count
    counts, arrived = gated.counts(), gated.arrived()
    assert gated.lost() == {}
    assert counts["begun"] == counts["exited"] == counts["equal"] + counts["sent"] == made
    # a page on its way between nodes cannot be read for a moment: such a call is sent
    assert counts["sent"] <= made / 10
    assert len({snapshot.call for snapshot in arrived}) == counts["sent"]


def test_a_raced_call_is_sent_whole_and_in_order(gated: Gated) -> None:
    made = play("flip-old", TIMES).call_count
    arrived = gated.arrived()
    assert gated.counts() == {"begun": made, "exited": made, "equal": 0, "sent": made}
    stages = (Stage.ENTRY, Stage.COPY, Stage.COPY, Stage.USE, Stage.EXIT)
    assert [snapshot.stage for snapshot in arrived] == [*stages] * made
    assert [snapshot.sequence for snapshot in arrived] == [*range(len(stages))] * made


@pytest.mark.parametrize("scenario", [name for name in HONEST if call_of(name) == "migrate_pages"])
def test_a_narrowed_mask_is_no_difference_and_an_error_of_the_copy_is_sent(
    gated: Gated, scenario: str
) -> None:
    gated.capture.arm(Filters(), gated=True)  # clean-cpuset calls from a child
    made = play(scenario, TIMES).call_count
    counts = gated.counts()
    assert counts["equal"] + counts["sent"] == made
    if scenario == "clean-cpuset":
        assert counts["equal"] > counts["sent"]
    if scenario == "errors":
        assert counts["sent"] > 0


def test_a_call_whose_exit_is_missed_is_sent_when_its_task_makes_another(gated: Gated) -> None:
    capture = gated.capture
    capture.detach()
    capture._syscalls = (hiding(Stage.EXIT, "no_such_function"),)
    capture.attach()
    try:
        assert not capture.gateable
        made = play("clean", 1).call_count
        counts, first = gated.counts(), gated.arrived()
        assert counts["begun"] - counts["equal"] - counts["sent"] == 1
        assert len({snapshot.call for snapshot in first}) == made - 1
        play("clean", 1)
        arrived = gated.arrived()
        stages = [s.stage for s in arrived if s.call == arrived[0].call]
        assert stages == [Stage.ENTRY, Stage.COPY, Stage.COPY, Stage.USE]
        assert [s.sequence for s in arrived[:4]] == [0, 1, 2, 3]
        assert {s.task for s in arrived[:4]} == {arrived[0].task}
        assert gated.lost() == {"exit probe missed": 2 * made - 1}
    finally:
        capture.detach()
        capture._syscalls = (MIGRATE_PAGES,)
        capture.attach()
        play("clean", 1)  # its beginning ends the call that was left open


def test_own_calls_pass_the_gate(gated: Gated) -> None:
    pidfd = own_pidfd()
    gated.capture.mark(pidfd, Seed.OWN)
    play("clean", 1)
    gated.capture.unmark(pidfd)
    os.close(pidfd)
    gated.capture.peek()
    unasked = {Stage.SUPERVISE}  # armed only where it is asked for
    assert {snapshot.stage for snapshot in gated.capture.take_own()} == set(Stage) - unasked
    counts = gated.counts()
    assert counts["equal"] == counts["sent"] == 0
