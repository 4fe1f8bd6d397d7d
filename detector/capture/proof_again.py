"""While watching goes on, the tool makes honest calls of its own, as it did after arming.

A probe can be removed or disabled behind its owner's back, and then nothing is seen any more: a
stage that falls silent is lost, and said.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from detector.capture.capture import Capture
from detector.capture.own_calls import ABI, expected_stages, own_snapshots, stages
from detector.model.snapshot import Snapshot
from detector.model.stage import LADDER, Stage

AGAIN_S = 2.0
"""How long the snapshots may take: what a call left in the kernel is there when it returns, but
for one that comes behind a record that another task is still writing."""
TRIES = 3
"""Own calls of which something is not heard, before it is said: a probe that is gone stays silent,
and one that the kernel passed over once does not."""


def prove_again(capture: Capture, honest: Callable[[str], object]) -> list[tuple[str, Stage]]:
    """Make an honest call of each watched system call; mark and give the stages that fell silent.

    `honest` is given the system call's name, and calls on the calling thread, which must lead its
    process. Without the entry nothing speaks, and nothing is known of the rest: it alone is given
    then. Where the own call's snapshots find no room nothing is told: that loss is counted. Raises
    AttachError, SimulationError or OSError where the call cannot be made.
    """
    fell = [
        (name, stage)
        for name in capture.watched
        for stage in _silent(capture, name, partial(honest, name))
    ]
    for name, stage in fell:
        capture.silence(
            name, stage, ABI, "fell silent: its probe was removed or disabled meanwhile"
        )
    return fell


def _silent(capture: Capture, name: str, honest: Callable[[], object]) -> list[Stage]:
    expected = expected_stages(capture, name)

    def missing(seen: list[Snapshot]) -> set[Stage]:
        return expected - stages([one for one in seen if one.syscall == name])

    never: set[Stage] | None = None  # heard, at any call of which nothing found no room
    for _ in range(TRIES):
        lost = capture.totals().lost
        silent = missing(own_snapshots(capture, honest, lambda seen: not missing(seen), AGAIN_S))
        if not silent:
            return []
        if capture.totals().lost == lost:
            never = silent if never is None else never & silent
    if never and Stage.ENTRY in never:
        return [Stage.ENTRY]
    return [stage for stage in LADDER if never and stage in never]
