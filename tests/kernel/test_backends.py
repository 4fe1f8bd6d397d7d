"""The other backends on a kernel that has all of them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from detector.capture.backends import FENTRY
from detector.capture.capture import Capture, own_pidfd
from detector.capture.filters import Filters
from detector.capture.proof import prove
from detector.capture.wire import Seed
from detector.correlate.correlator import correlate
from detector.model.judgement import Kind
from detector.model.snapshot import Snapshot
from detector.simulate import SCENARIOS, play
from detector.simulate.own import play_own_honest, play_own_raced
from detector.syscalls.migrate_pages import MIGRATE_PAGES
from detector.syscalls.table import BY_NAME

TIMES = 5
FLOOD = 2_000
SEEN = (
    "clean",
    "flip-old",
    "flip-new",
    "restore",
    "flip-late",
    "blind-new",
    "withdrawn",
    "mbind-flip",
    "mempolicy-refused",
)


def test_two_programs_at_one_function_are_both_armed_and_speak() -> None:
    """do_filp_open is where openat and execve use their paths, and its parameters differ."""
    calls = ("openat", "creat", "openat2", "execve")
    with Capture(tuple(BY_NAME[name] for name in calls), backend=FENTRY) as capture:
        assert [state for state in capture.stages if not state.armed] == []
        pidfd = own_pidfd()
        capture.mark(pidfd, Seed.MARKED)
        os.close(pidfd)
        capture.arm(Filters(marked=True))
        assert prove(capture, play_own_honest, play_own_raced) == []


@pytest.fixture(scope="module")
def fentry() -> Iterator[Capture]:
    """A capture by fentry that watches this thread."""
    with Capture(backend=FENTRY) as capture:
        pidfd = own_pidfd()
        capture.mark(pidfd, Seed.MARKED)
        os.close(pidfd)
        yield capture


def test_fentry_arms_every_stage_and_each_one_speaks(fentry: Capture) -> None:
    assert all(state.armed for state in fentry.stages), fentry.stages
    assert all("kprobe" not in state.via for state in fentry.stages)
    fentry.arm(Filters(marked=True))
    assert prove(fentry, play_own_honest, play_own_raced) == []
    pidfd = own_pidfd()
    fentry.mark(pidfd, Seed.MARKED)
    os.close(pidfd)
    assert fentry.untold == ()


@pytest.mark.parametrize("gated", [True, False])
@pytest.mark.parametrize("scenario", SEEN)
def test_fentry_sees_what_kprobes_see(fentry: Capture, scenario: str, *, gated: bool) -> None:
    fentry.arm(Filters(marked=True), gated=gated)
    before = fentry.totals()
    play(scenario, TIMES)
    fentry.disarm()
    arrived = [item for item in fentry.read(200) + fentry.read(0) if isinstance(item, Snapshot)]
    totals = fentry.totals()
    calls = list(correlate(arrived, armed=fentry.armed_stages))
    truth = SCENARIOS[scenario].truth(TIMES)
    expected = [call.kind for call in truth.calls if call.kind != "none"]
    found = sorted((call for call in calls if call.kind), key=lambda call: call.began_ns)
    assert [call.kind for call in found] == [Kind(kind) for kind in expected]
    assert not any(call.incomplete for call in calls)
    # the honest calls of an open gate are not told of
    told = {call.caller.executable if call.caller else None for call in found}
    assert told == ({str(Path("/proc/self/exe").readlink())} if found else set())
    assert not any(call.caller for call in calls if scenario == "clean")
    # and those by which a scenario prepares its memory
    assert totals.begun - before.begun >= truth.call_count
    assert len(calls) == totals.sent - before.sent
    assert totals.held == 0
    assert totals.lost == {}


def test_calls_have_numbers_of_their_own(fentry: Capture) -> None:
    fentry.arm(Filters(marked=True))
    made = play("clean", FLOOD).call_count
    fentry.disarm()
    numbers = set()
    while arrived := fentry.read(200):
        numbers |= {
            item.call
            for item in arrived
            if isinstance(item, Snapshot) and item.syscall == MIGRATE_PAGES.name
        }
    assert len(numbers) == made
