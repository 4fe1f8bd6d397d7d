"""`withdrawn`: old_nodes is readable at entry and gone when the kernel copies it."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

from detector.simulate import syscalls
from detector.simulate.faults import FaultServer
from detector.simulate.masks import MAXNODE_TAILED, HeldMask, Mask
from detector.simulate.pages import PAGE
from detector.simulate.scenario import Scenario, first_old
from detector.simulate.script import SELF
from detector.simulate.truth import CallTruth, MaskTruth, call

if TYPE_CHECKING:
    from detector.simulate.host import Host


def calls(host: Host, times: int) -> tuple[CallTruth, ...]:
    """Return the truth: EFAULT from a mask that whoever looked at entry could read."""
    new = (host.node,)
    unread = MaskTruth(entry=new, copy=None, use=None, exit=new, beyond="zero")
    return tuple(
        call(
            r,
            "EFAULT",
            MaskTruth(
                entry=first_old(r),
                copy="unreadable",
                use=None,
                exit="unreadable",
                kind="race",
                window="entry→copy",
                beyond="unreadable",
            ),
            unread,
            MAXNODE_TAILED,
        )
        for r in range(times)
    )


def perform(host: Host, times: int) -> list[int]:
    """Take away all access to the body while the kernel is held at the tail."""
    readable = syscalls.PROT_READ | syscalls.PROT_WRITE
    with ExitStack() as stack:
        old = stack.enter_context(HeldMask())
        new = stack.enter_context(Mask())
        new.write((host.node,))
        server = stack.enter_context(FaultServer())
        server.register(old.tail_page)
        returned = []
        for repetition in range(times):
            syscalls.protect(old.body_page, PAGE, readable)
            old.write(first_old(repetition))
            server.arm(
                old.tail_page,
                lambda: syscalls.protect(old.body_page, PAGE, syscalls.PROT_NONE),
            )
            returned.append(syscalls.migrate_pages(SELF, MAXNODE_TAILED, old.address, new.address))
            server.check()
        return returned


WITHDRAWN = Scenario(
    "withdrawn", "old_nodes is readable at entry and gone at the copy", calls, perform
)
