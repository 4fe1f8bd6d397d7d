"""`parked`: one call after another is raced while 64 others are held in the kernel."""

from __future__ import annotations

import threading
from contextlib import ExitStack
from typing import TYPE_CHECKING

from detector.simulate import syscalls
from detector.simulate.faults import FaultServer
from detector.simulate.host import ABSENT
from detector.simulate.masks import MAXNODE_TAILED, HeldMask, Mask
from detector.simulate.scenario import Scenario
from detector.simulate.scenarios.flips import FLIP_BOTH_SCRIPT
from detector.simulate.script import SELF, play_script, truth_of
from detector.simulate.truth import CallTruth, Nodes, call, steady

if TYPE_CHECKING:
    from detector.simulate.host import Host

PARKED = 64
"""How many calls are held, each of a thread of its own."""


def parked_old(thread: int) -> Nodes:
    """Return the old_nodes of a parked call: a pair, other than any other thread's."""
    return (ABSENT[thread % 8], ABSENT[8 + thread // 8])


def calls(host: Host, times: int) -> tuple[CallTruth, ...]:
    """Return the truth: 64 honest calls in any order, then a raced one for every repetition."""
    new = (host.node,)
    parked = tuple(
        call(
            0,
            None,
            steady(parked_old(thread), parked_old(thread), "unreadable"),
            steady(new, new, "zero"),
            MAXNODE_TAILED,
            caller="thread",
        )
        for thread in range(PARKED)
    )
    return (*parked, *truth_of(FLIP_BOTH_SCRIPT, host, times))


def perform(host: Host, times: int) -> list[int]:
    """Park the threads, play the race `times` times, and let the threads go."""
    returned = [0] * PARKED
    with ExitStack() as stack:
        new = stack.enter_context(Mask())
        new.write((host.node,))
        olds = [stack.enter_context(HeldMask()) for _ in range(PARKED)]
        server = stack.enter_context(FaultServer())

        def one_call(thread: int) -> None:
            returned[thread] = syscalls.migrate_pages(
                SELF, MAXNODE_TAILED, olds[thread].address, new.address
            )

        threads = [threading.Thread(target=one_call, args=(i,)) for i in range(PARKED)]
        try:
            for thread, old in enumerate(olds):
                old.write(parked_old(thread))
                server.register(old.tail_page)
                server.park(old.tail_page)
                threads[thread].start()
            server.wait_parked(PARKED)
            raced = play_script(FLIP_BOTH_SCRIPT, host, times)
        finally:
            server.release()
            for started in threads:
                if started.ident is not None:
                    started.join()
        server.check()
    return [*returned, *raced]


PARKED_64 = Scenario(
    "parked", "64 calls are held in the kernel while another one is raced", calls, perform
)
