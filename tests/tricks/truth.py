"""What is true of the calls of each trick, by construction.

A look is the nodes that it finds, or None where it finds nothing: what is on the first page of the
mask can be read, whatever becomes of a tail of zeros behind it.
"""

from __future__ import annotations

import msgspec

Looks = tuple[tuple[int, ...] | None, tuple[int, ...], tuple[int, ...]]
"""At entry, in the kernel's copy, and at exit."""


class Truth(msgspec.Struct, frozen=True, kw_only=True):
    """One call of a trick."""

    kind: str
    old: Looks
    new: Looks = ((0,), (0,), (0,))
    comm: str = "tricks"
    """As the call began."""


RACED = Truth(kind="race", old=((40,), (51,), (51,)))
TRUTH: dict[str, tuple[Truth, ...]] = {
    "shared-file": (RACED,),
    "shared-memfd": (RACED,),
    "shared-sysv": (RACED,),
    "shared-dev-shm": (RACED,),
    "process-vm-writev": (RACED,),
    "proc-pid-mem": (RACED,),
    "ptrace": (RACED,),
    "vfork": (RACED,),
    "clone-vm": (RACED,),
    "thread-that-ends": (RACED,),
    "dropped-file": (Truth(kind="blind", old=(None, (40,), (40,))),),
    "dropped-anonymous": (Truth(kind="blind", old=(None, (), ())),),
    "fuse-blind": (Truth(kind="blind", old=(None, (40,), (40,))),),
    "fuse-race": (RACED,),
    "two-pages": (
        Truth(
            kind="race",
            old=((40,), (40,), (40,)),
            new=((0, 40, 70), (0, 51, 80), (0, 51, 80)),
        ),
    ),
    "renamed": (Truth(kind="race", old=RACED.old, comm="guilty"),),
    "leader-ends": (RACED,),
    "colliding-pids": (RACED, Truth(kind="race", old=((41,), (52,), (52,)))),
    "seccomp-delay": (RACED,),
}
"""By trick, each of its calls, by what old_nodes was at entry."""
