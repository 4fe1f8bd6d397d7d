"""`clean-cpuset`: an honest call whose new_nodes the kernel narrows to the caller's cpuset."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from detector.errors import SimulationError
from detector.simulate import syscalls
from detector.simulate.child import call_in_child
from detector.simulate.cpuset import cpuset_of
from detector.simulate.masks import MAXNODE_WORD, Mask
from detector.simulate.scenario import Scenario, first_old
from detector.simulate.script import SELF
from detector.simulate.truth import CallTruth, call, steady

if TYPE_CHECKING:
    from pathlib import Path

    from detector.simulate.host import Host


def calls(host: Host, times: int) -> tuple[CallTruth, ...]:
    """Return the truth: two nodes are asked for, the use has the cpuset's one."""
    asked = host.nodes[:2]
    return tuple(
        call(
            r,
            None,
            steady(first_old(r), first_old(r)),
            steady(asked, (host.node,)),
            MAXNODE_WORD,
            caller="child",
        )
        for r in range(times)
    )


def perform(host: Host, times: int) -> list[int]:
    """Let a child enter a cpuset of one node and call `times` times."""
    if len(host.nodes) < 2:  # noqa: PLR2004 a pair
        message = (
            "one memory node cannot be narrowed: this needs a host, or a cpuset, with two; "
            "a VM with two will do (qemu: two -numa node options)"
        )
        raise SimulationError(message)
    with cpuset_of(host.node) as procs:
        return call_in_child(lambda: _inside(procs, host, times))


def _inside(procs: Path, host: Host, times: int) -> list[int]:
    # cgroup v2 moves the memory of whoever enters; masks mapped afterwards are not on the way
    procs.write_text(str(os.getpid()))
    old, new = Mask(), Mask()
    new.write(host.nodes[:2])
    returned = []
    for repetition in range(times):
        old.write(first_old(repetition))
        returned.append(syscalls.migrate_pages(SELF, MAXNODE_WORD, old.address, new.address))
    return returned


CLEAN_CPUSET = Scenario(
    "clean-cpuset", "an honest call, narrowed by the caller's cpuset", calls, perform
)
