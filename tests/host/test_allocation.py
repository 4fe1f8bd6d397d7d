"""When a task's state is allocated (docs/design.md), and that no later call needs any more."""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal

import msgspec

from detector.capture.backends import TRACEPOINT
from detector.capture.capture import Capture, Totals
from detector.capture.filters import Filters
from detector.correlate.correlator import correlate
from detector.model.judgement import JudgedCall
from detector.model.snapshot import Snapshot
from detector.simulate import syscalls
from detector.simulate.masks import MAXNODE_WORD, Mask
from detector.simulate.script import SELF
from detector.syscalls.migrate_pages import MIGRATE_PAGES
from tests.host.test_faults import MemoryGroup, own_memory_group

TASKS = 1_000
"""Many: the kernel gives small change, for each CPU, before it asks what is left."""
UNMAPPED = 8
STACK_BYTES = 128 << 10
Made = Literal["nothing", "honest", "both"]


class Ran(msgspec.Struct, frozen=True):
    """What the tasks' calls after all memory was used up came to."""

    before: Totals
    totals: Totals
    calls: list[JudgedCall]


def honest(mask: int) -> None:
    assert syscalls.migrate_pages(SELF, MAXNODE_WORD, mask, mask) >= 0


def unlike(_: int) -> None:
    """Make a call that is not plainly the same."""
    assert syscalls.migrate_pages(SELF, MAXNODE_WORD, UNMAPPED, UNMAPPED) == -errno.EFAULT


MADE: dict[Made, tuple[Callable[[int], None], ...]] = {
    "nothing": (),
    "honest": (honest,),
    "both": (honest, unlike),
}


@contextmanager
def tasks(made: Made) -> Iterator[threading.Barrier]:
    """Have threads that make these calls, wait for everybody twice, and make an unlike one."""
    barrier = threading.Barrier(TASKS + 1, timeout=120)

    def call() -> None:
        for one in MADE[made]:
            one(mask.address)
        barrier.wait()
        barrier.wait()
        unlike(mask.address)

    usual = threading.stack_size(STACK_BYTES)
    try:
        with Mask() as mask:
            mask.write((0,))
            threads = [threading.Thread(target=call) for _ in range(TASKS)]
            for thread in threads:
                thread.start()
            yield barrier
            for thread in threads:
                thread.join()
    finally:
        threading.stack_size(usual)


def ran_without_memory(made: Made) -> Ran:
    """Watch tasks that have made these calls; give what they came to when memory was used up."""
    home, group = own_memory_group(), MemoryGroup(1 << 30)
    try:
        group.processes.write_text(str(os.getpid()))  # what its maps take is put on its account
        with Capture((MIGRATE_PAGES,), backend=TRACEPOINT) as capture:
            home.write_text(str(os.getpid()))
            capture.arm(Filters(pid=os.getpid()), gated=True)
            with tasks(made) as barrier:
                barrier.wait()
                group.squeeze()
                capture.read(0)
                before = capture.totals()
                barrier.wait()
            arrived = [item for item in capture.read(0) if isinstance(item, Snapshot)]
            calls = list(correlate(arrived, armed=capture.armed_stages))
            return Ran(before, capture.totals(), calls)
    finally:
        home.write_text(str(os.getpid()))
        group.remove()


def test_a_task_that_made_calls_of_both_sorts_allocates_nothing_more() -> None:
    ran = ran_without_memory("both")
    assert (ran.before.begun, ran.totals.begun) == (2 * TASKS, 3 * TASKS)
    assert (ran.totals.lost, ran.totals.callers_lost) == ({}, 0)
    assert len(ran.calls) == TASKS
    assert all(call.caller for call in ran.calls)


def test_the_first_call_that_is_not_plainly_the_same_takes_memory_for_names_alone() -> None:
    ran = ran_without_memory("honest")
    assert (ran.before.begun, ran.totals.begun) == (TASKS, 2 * TASKS)
    assert ran.totals.lost == {}
    assert ran.totals.callers_lost > 0
    assert len(ran.calls) == TASKS  # none is lost for want of a name
    assert not any(call.incomplete for call in ran.calls)
    assert [call.caller for call in ran.calls].count(None) == ran.totals.callers_lost


def test_the_first_call_takes_memory_and_is_counted_where_there_is_none() -> None:
    ran = ran_without_memory("nothing")
    lost = ran.totals.lost.get("no memory for a task's state", 0)
    assert lost > 0
    assert ran.totals.begun == len(ran.calls) == TASKS - lost
