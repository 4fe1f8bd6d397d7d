"""Calls that are in the kernel when watching begins or ends are counted apart: no loss."""

from __future__ import annotations

import errno
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from detector.capture.capture import Capture
from detector.capture.filters import Filters
from detector.correlate.correlator import Correlator
from detector.model.judgement import Cut
from detector.simulate import syscalls
from detector.simulate.faults import FaultServer
from detector.simulate.masks import MAXNODE_TAILED, HeldMask, Mask
from detector.simulate.script import SELF
from detector.syscalls.migrate_pages import MIGRATE_PAGES

DEADLINE_S = 60
TIMES = 5
EXEC_IN_THE_MIDDLE = Path(__file__).parent / "exec_in_the_middle.py"


@contextmanager
def parked_call() -> Iterator[None]:
    """Hold one call of a thread in the kernel's copy of old_nodes; let it go at the end."""
    with HeldMask() as old, Mask() as new, FaultServer() as server:
        new.write((0,))
        old.write((0,))
        server.register(old.tail_page)
        server.park(old.tail_page)
        caller = threading.Thread(
            target=syscalls.migrate_pages, args=(SELF, MAXNODE_TAILED, old.address, new.address)
        )
        caller.start()
        try:
            server.wait_parked(1)
            yield
        finally:
            server.release()
            caller.join()


def test_a_call_that_began_before_attaching_or_arming_is_cut_by_start() -> None:
    capture = Capture((MIGRATE_PAGES,))
    with parked_call():
        capture.open()
        capture.arm(Filters())
    with closing(capture):
        capture.read(0)
        assert capture.totals().cut_by_start == 1
        capture.disarm()
        with parked_call():
            capture.arm(Filters())
        totals = capture.totals()
        assert capture.read(100) == []
        assert (totals.begun, totals.cut_by_start, totals.lost) == (0, 2, {})


def test_execve_in_the_middle_by_a_thread_that_is_not_the_leader_mixes_no_two_calls() -> None:
    with Capture((MIGRATE_PAGES,)) as capture:
        capture.arm(Filters())
        correlator = Correlator(armed=capture.armed_stages)
        subprocess.run([sys.executable, EXEC_IN_THE_MIDDLE, str(TIMES)], check=True)
        capture.disarm()
        judged = [call for item in capture.read(0) for call in correlator.feed(item)]
        judged += correlator.finish()
        assert capture.totals().lost == {}
        killed, *honest = sorted(judged, key=lambda call: call.began_ns)
        assert [call.kind for call in honest] == [None] * TIMES
        assert all(call.cut is None and call.returned == 0 for call in honest)
        assert {call.task.tid for call in honest} == {killed.task.tid}  # taken from the leader
        assert killed.returned == -errno.EFAULT


def test_a_call_that_outlasts_the_watching_is_cut_by_end() -> None:
    with Capture((MIGRATE_PAGES,)) as capture:
        capture.arm(Filters())
        correlator = Correlator(armed=capture.armed_stages)
        with parked_call():
            deadline = time.monotonic() + DEADLINE_S
            items = []
            while not items:
                items = capture.read(100)
                assert time.monotonic() < deadline
            capture.disarm()
            judged = [call for item in items for call in correlator.feed(item)]
            judged += correlator.finish()
            assert [(call.cut, call.kind) for call in judged] == [(Cut.END, None)]
            assert not judged[0].incomplete
