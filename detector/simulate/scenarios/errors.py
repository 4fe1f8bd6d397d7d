"""`errors`: honest calls that the kernel refuses, each at another point of its way."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

from detector.simulate import pages, syscalls
from detector.simulate.child import call_in_child
from detector.simulate.host import ABSENT
from detector.simulate.masks import BODY, MAXNODE_TAILED, MAXNODE_WORD, Mask
from detector.simulate.pages import PAGE
from detector.simulate.scenario import Scenario, first_old
from detector.simulate.script import NOBODY, SELF
from detector.simulate.truth import CallTruth, MaskTruth, Nodes, call, steady

if TYPE_CHECKING:
    from detector.simulate.host import Host

NOT_COPIED = None
NO_USE = None


def _unread(nodes: Nodes) -> MaskTruth:
    """Return the truth of a mask that is there and that the kernel never reads."""
    return MaskTruth(entry=nodes, copy=NOT_COPIED, use=NO_USE, exit=nodes)


def _one_too_many(host: Host) -> Nodes:
    return (host.node, ABSENT[-1])


def _refused_after_the_copies(host: Host, r: int) -> tuple[CallTruth, ...]:
    old = steady(first_old(r))
    return (
        call(r, "ESRCH", old, steady((host.node,)), MAXNODE_WORD),
        call(r, "EINVAL", old, steady(()), MAXNODE_WORD),
    )


def _refused_in_a_copy(host: Host, r: int) -> tuple[CallTruth, ...]:
    new = (host.node,)
    past = MaskTruth(
        entry=first_old(r), copy="invalid", use=NO_USE, exit=first_old(r), beyond="set"
    )
    no_access = MaskTruth(entry="unreadable", copy="unreadable", use=NO_USE, exit="unreadable")
    unread_new = MaskTruth(entry=new, copy=NOT_COPIED, use=NO_USE, exit=new, beyond="zero")
    return (
        call(r, "EINVAL", past, unread_new, MAXNODE_TAILED),
        call(r, "EFAULT", no_access, _unread(new), MAXNODE_WORD),
        call(r, "EFAULT", steady(first_old(r)), no_access, MAXNODE_WORD),
    )


def calls(host: Host, times: int) -> tuple[CallTruth, ...]:
    """Return the truth: first a child's EPERM calls, then five calls a repetition."""
    forbidden = steady(_one_too_many(host))
    refused_to_child = tuple(
        call(r, "EPERM", steady(first_old(r)), forbidden, MAXNODE_WORD, caller="child")
        for r in range(times)
    )
    own = (
        one
        for r in range(times)
        for one in (*_refused_after_the_copies(host, r), *_refused_in_a_copy(host, r))
    )
    return (*refused_to_child, *own)


def perform(host: Host, times: int) -> list[int]:
    """Make the child's calls, then this process's."""
    return [*call_in_child(lambda: _without_rights(host, times)), *_own_calls(host, times)]


def _without_rights(host: Host, times: int) -> list[int]:
    """Call without CAP_SYS_NICE for a node outside the cpuset: EPERM, even on oneself."""
    syscalls.drop_capabilities()
    old, new = Mask(), Mask()
    new.write(_one_too_many(host))
    returned = []
    for repetition in range(times):
        old.write(first_old(repetition))
        returned.append(syscalls.migrate_pages(SELF, MAXNODE_WORD, old.address, new.address))
    return returned


def _own_calls(host: Host, times: int) -> list[int]:
    with ExitStack() as stack:
        old, past, new, empty, closed = (stack.enter_context(Mask()) for _ in range(5))
        new.write((host.node,))
        pages.write_word(past.address + BODY, 1)
        syscalls.protect(closed.address, PAGE, syscalls.PROT_NONE)
        returned = []
        for repetition in range(times):
            old.write(first_old(repetition))
            past.write(first_old(repetition))
            returned += [
                syscalls.migrate_pages(pid, maxnode, its_old.address, its_new.address)
                for pid, maxnode, its_old, its_new in (
                    (NOBODY, MAXNODE_WORD, old, new),
                    (SELF, MAXNODE_WORD, old, empty),
                    (SELF, MAXNODE_TAILED, past, new),
                    (SELF, MAXNODE_WORD, closed, new),
                    (SELF, MAXNODE_WORD, old, closed),
                )
            ]
        return returned


ERRORS = Scenario("errors", "honest calls refused: EPERM, ESRCH, EINVAL, EFAULT", calls, perform)
