"""`blind-old`, `blind-new`: a mask is on a page that appears only when the kernel reads it."""

from __future__ import annotations

from contextlib import ExitStack
from functools import partial
from typing import TYPE_CHECKING

from detector.simulate import syscalls
from detector.simulate.faults import FaultServer
from detector.simulate.masks import MAXNODE_WORD, BlindMask, Mask, encode
from detector.simulate.scenario import Scenario, first_old
from detector.simulate.script import SELF
from detector.simulate.truth import CallTruth, MaskTruth, Nodes, call, steady

if TYPE_CHECKING:
    from detector.simulate.host import Host
    from detector.simulate.script import Name


def _hidden(nodes: Nodes) -> MaskTruth:
    return MaskTruth(
        entry="unreadable", copy=nodes, use=nodes, exit=nodes, kind="blind", window="entry→copy"
    )


def _calls(hidden: Name, host: Host, times: int) -> tuple[CallTruth, ...]:
    new = (host.node,)
    return tuple(
        call(
            r,
            None,
            _hidden(first_old(r)) if hidden == "old" else steady(first_old(r), first_old(r)),
            _hidden(new) if hidden == "new" else steady(new, new),
            MAXNODE_WORD,
        )
        for r in range(times)
    )


def _perform(hidden: Name, host: Host, times: int) -> list[int]:
    with ExitStack() as stack:
        blind = stack.enter_context(BlindMask())
        plain = stack.enter_context(Mask())
        server = stack.enter_context(FaultServer())
        server.register(blind.page)
        returned = []
        for repetition in range(times):
            values = {"old": first_old(repetition), "new": (host.node,)}
            server.arm(blind.page, content=encode(values.pop(hidden)))
            plain.write(*values.values())
            old, new = (blind, plain) if hidden == "old" else (plain, blind)
            returned.append(syscalls.migrate_pages(SELF, MAXNODE_WORD, old.address, new.address))
            server.check()
        return returned


BLIND_OLD = Scenario(
    "blind-old",
    "old_nodes cannot be read before the kernel reads it",
    partial(_calls, "old"),
    partial(_perform, "old"),
)
BLIND_NEW = Scenario(
    "blind-new",
    "new_nodes cannot be read before the kernel reads it",
    partial(_calls, "new"),
    partial(_perform, "new"),
)
