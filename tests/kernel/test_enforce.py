"""Raced calls are stopped, and they alone."""

from __future__ import annotations

import ctypes
import errno
import multiprocessing
import signal
import subprocess
from collections.abc import Iterator

import pytest

from detector.capture.capture import Capture
from detector.capture.enforcing import Enforcing
from detector.capture.filters import Filters
from detector.capture.proof import prove_enforcement
from detector.model.enforcement import Enforced, Mode
from detector.model.snapshot import Snapshot
from detector.model.stage import Stage
from detector.rules.enforceable import Callers, Named, Span
from detector.simulate import SCENARIOS, play
from detector.simulate.host import read_host
from detector.simulate.own import play_own_stopped
from detector.syscalls.table import DEFAULT
from enforce_honest import EVERYBODY, PLACES, honest_calls
from tests.kernel.scenes import HONEST
from tests.kernel.test_stages import hiding

TIMES = 3
HONEST_CALLS = 5_000
RACED = ("flip-old", "flip-new", "flip-both", "restore", "other-process", "compat")
NR_MOVE_PAGES = 279
"""arch/x86/entry/syscalls/syscall_64.tbl."""
BLIND = (Named(rule="blind", callers=(Callers(),), blind=True),)


class Enforcement:
    """One compiled capture of this process, whose mode each test sets."""

    def __init__(self, capture: Capture) -> None:
        self.capture = capture

    def set(
        self, named: tuple[Named, ...] = EVERYBODY, mode: Mode = Mode.REFUSE, *, blind: bool = False
    ) -> None:
        self.capture.enforcing = Enforcing(mode=mode, blind=blind)
        self.capture.enforce(named)

    def made(self, scenario: str) -> list[int]:
        """Play a scenario, whatever becomes of it; give what its calls returned."""
        return SCENARIOS[scenario].perform(read_host(), TIMES)

    def seen(self) -> list[Snapshot]:
        items = self.capture.read(200) + self.capture.read(0)
        return [item for item in items if isinstance(item, Snapshot)]

    def counted(self) -> dict[Enforced, int]:
        return dict(self.capture.totals().enforced)


@pytest.fixture(scope="module")
def compiled() -> Iterator[Capture]:
    with Capture(enforcing=Enforcing(mode=Mode.REFUSE)) as capture:
        capture.arm(Filters(), gated=True)
        yield capture


@pytest.fixture
def enforcement(compiled: Capture) -> Enforcement:
    enforcement = Enforcement(compiled)
    enforcement.set()
    enforcement.seen()
    return enforcement


@pytest.mark.parametrize("scenario", RACED)
def test_raced_calls_are_refused_before_their_use(enforcement: Enforcement, scenario: str) -> None:
    before = enforcement.counted().get(Enforced.REFUSED, 0)
    assert enforcement.made(scenario) == [-errno.EPERM] * TIMES
    seen = enforcement.seen()
    exits = [snapshot for snapshot in seen if snapshot.stage is Stage.EXIT]
    assert [(s.returned, s.enforced) for s in exits] == [(-errno.EPERM, Enforced.REFUSED)] * TIMES
    assert Stage.USE not in {snapshot.stage for snapshot in seen}
    assert enforcement.counted()[Enforced.REFUSED] == before + TIMES


@pytest.mark.parametrize("scenario", [*HONEST, "flip-late", "fail-after-copy", "withdrawn"])
def test_what_is_not_raced_before_the_hook_ends_as_it_would(
    enforcement: Enforcement, scenario: str
) -> None:
    before = enforcement.counted()
    play(scenario, TIMES)  # holds what each call returned against the truth
    after = enforcement.counted()
    after[Enforced.LET_THROUGH] = before.get(Enforced.LET_THROUGH, 0)  # pages on their way
    assert {**before, Enforced.LET_THROUGH: after[Enforced.LET_THROUGH]} == after


def test_thousands_of_honest_calls_pass_the_hook(enforcement: Enforcement) -> None:
    before = enforcement.capture.totals()
    assert honest_calls(HONEST_CALLS) == {-errno.EINVAL: HONEST_CALLS}
    after = enforcement.capture.totals()
    assert after.enforced == before.enforced
    # and each was followed and found the same: none passed for want of a look
    made = HONEST_CALLS + len(PLACES)  # each mask's memory is prepared by an mbind
    assert after.begun - before.begun == after.exited - before.exited == made
    assert (after.equal - before.equal, after.sent - before.sent) == (made, 0)
    assert after.lost == before.lost


@pytest.mark.parametrize("scenario", ["blind-old", "blind-new"])
def test_blind_calls_are_let_through_unless_a_rule_names_them_and_it_was_asked_for(
    enforcement: Enforcement, scenario: str
) -> None:
    for named, blind in ((BLIND, False), (EVERYBODY, True)):
        enforcement.set(named, blind=blind)
        play(scenario, TIMES)
        exits = [s for s in enforcement.seen() if s.stage is Stage.EXIT]
        assert [s.enforced for s in exits] == [Enforced.LET_THROUGH] * TIMES
    enforcement.set(BLIND, blind=True)
    assert enforcement.made(scenario) == [-errno.EPERM] * TIMES


@pytest.mark.parametrize(
    ("named", "refused"),
    [
        (Named(rule="a", callers=(Callers(uid=Span(0, 0)),)), True),
        (Named(rule="a", callers=(Callers(uid=Span(1)),)), False),
        (Named(rule="a", callers=(Callers(),), excepted=(Callers(gid=Span(0, 9)),)), False),
        (Named(rule="a", callers=(Callers(),), excepted=(Callers(cgroup=Span(0, 0)),)), True),
    ],
)
def test_only_callers_that_a_rule_names_are_refused(
    enforcement: Enforcement, named: Named, *, refused: bool
) -> None:
    nobody = Named(rule="b", callers=(Callers(uid=Span(65534, 65534)),))
    enforcement.set((nobody, named))
    expected = -errno.EPERM if refused else 0
    assert {min(returned, 0) for returned in enforcement.made("flip-old")} == {expected}


def test_without_rules_nobody_is_refused_but_the_tool_itself(enforcement: Enforcement) -> None:
    enforcement.set(())
    play("flip-old", TIMES)
    assert prove_enforcement(enforcement.capture, play_own_stopped) == ""


def test_a_dry_run_refuses_nothing_and_tells_what_it_would(enforcement: Enforcement) -> None:
    enforcement.set(mode=Mode.DRY_RUN)
    play("flip-old", TIMES)
    exits = [s for s in enforcement.seen() if s.stage is Stage.EXIT]
    assert [s.enforced for s in exits] == [Enforced.WOULD_REFUSE] * TIMES


def move_pages_of_another() -> int:
    """Ask for nothing to be moved of a child: that passes the hook, too."""
    with subprocess.Popen(["sleep", "600"]) as child:
        libc = ctypes.CDLL(None, use_errno=True)
        nothing = (ctypes.c_long(0),) * 4
        returned = libc.syscall(ctypes.c_long(NR_MOVE_PAGES), ctypes.c_long(child.pid), *nothing)
        child.kill()
    return -ctypes.get_errno() if returned else 0


def test_move_pages_is_never_refused_even_after_a_raced_call_whose_exit_was_missed(
    enforcement: Enforcement,
) -> None:
    capture = enforcement.capture
    assert move_pages_of_another() == 0
    capture.detach()
    capture._syscalls = (hiding(Stage.EXIT, "no_such_function"),)
    capture.attach()
    try:
        enforcement.set()
        enforcement.made("flip-old")
        assert capture.totals().begun > capture.totals().exited
        assert move_pages_of_another() == 0
    finally:
        capture.detach()
        capture._syscalls = DEFAULT
        capture.attach()
        play("clean", 1)  # its beginning ends the call that was left open


def ended(scenario: str) -> int | None:
    """Play a scenario in a process of its own; give how that ended."""
    player = multiprocessing.get_context("fork").Process(target=play, args=(scenario, 1))
    player.start()
    player.join()
    return player.exitcode


def test_kill_ends_the_caller_and_nobody_else(enforcement: Enforcement) -> None:
    capture = enforcement.capture
    capture.detach()
    capture.enforcing = Enforcing(mode=Mode.KILL)
    capture.attach()
    try:
        enforcement.set(mode=Mode.KILL)
        assert prove_enforcement(capture, play_own_stopped) == ""  # we live
        assert ended("flip-old") == -signal.SIGKILL
        [told] = [s for s in enforcement.seen() if s.enforced and s.stage is Stage.EXIT]
        assert told.enforced is Enforced.KILLED
        assert ended("clean") == 0
    finally:
        capture.detach()
        capture.enforcing = Enforcing(mode=Mode.REFUSE)
        capture.attach()
