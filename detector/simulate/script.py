"""Races written as scripts: which mask is held, and what is written while it is.

One model of the script gives the truth, one player acts it out; both go by the order in which
the kernel reads: old's tail, old's body, new's tail, new's body (mm/mempolicy.c,
kernel_migrate_pages and get_nodes).
"""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Literal

from detector.simulate import syscalls
from detector.simulate.faults import FaultServer
from detector.simulate.masks import MAXNODE_TAILED, HeldMask, Mask
from detector.simulate.scenario import first_old, second_old
from detector.simulate.truth import CallTruth, Kind, MaskTruth, Nodes, call

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from detector.simulate.host import Host

    Writer = Callable[[Mask, Nodes], None]
    Call = Callable[[int, int, int, int], int]

Name = Literal["old", "new"]
Value = Literal["first", "second"]

SELF = 0
"""The pid by which a call means its own process."""
NOBODY = 0x7FFF_FFFF
"""A pid that no process can have: past PID_MAX_LIMIT, 2^22 (include/linux/threads.h)."""


@dataclass(frozen=True)
class Script:
    """One raced call. A mask that is never written holds `new`: second, `old`: first."""

    while_old_held: tuple[tuple[Name, Value], ...] | None = None
    """What is written while the kernel is held before old's body; None: it is not held."""
    while_new_held: tuple[tuple[Name, Value], ...] | None = None
    """The same before new's body, after old has been copied."""
    old_kind: Kind = "none"
    old_window: str | None = None
    new_kind: Kind = "none"
    new_window: str | None = None
    pid: int = SELF
    """Whom the call is about; NOBODY makes it end with ESRCH after both copies."""
    compat: bool = False

    def start(self, name: Name) -> Value:
        """Return what the mask holds when the call begins."""
        writes = (self.while_old_held or ()) + (self.while_new_held or ())
        return "first" if name == "old" or (name, "second") in writes else "second"


def value(host: Host, repetition: int, name: Name, which: Value) -> Nodes:
    """Return the nodes that `which` stands for.

    What a call ends up with as new_nodes exists, whatever the host: without CAP_SYS_NICE other
    nodes are EPERM.
    """
    values: dict[tuple[Name, Value], Nodes] = {
        ("old", "first"): first_old(repetition),
        ("old", "second"): second_old(repetition),
        ("new", "first"): host.other,
        ("new", "second"): (host.node,),
    }
    return values[name, which]


def truth_of(script: Script, host: Host, times: int) -> tuple[CallTruth, ...]:
    """Return the truth of `times` calls by the script."""
    return tuple(_one_call(script, host, repetition) for repetition in range(times))


def _one_call(script: Script, host: Host, repetition: int) -> CallTruth:
    memory: dict[Name, Value] = {"old": script.start("old"), "new": script.start("new")}
    entry = dict(memory)
    memory.update(script.while_old_held or ())
    old_copy = memory["old"]
    memory.update(script.while_new_held or ())
    new_copy = memory["new"]
    used = script.pid == SELF

    def mask(name: Name, copy: Value, kind: Kind, window: str | None, *, held: bool) -> MaskTruth:
        copied = value(host, repetition, name, copy)
        return MaskTruth(
            entry=value(host, repetition, name, entry[name]),
            copy=copied,
            use=copied if used else None,
            exit=value(host, repetition, name, memory[name]),
            kind=kind,
            window=window,
            beyond="unreadable" if held else "zero",
        )

    old_held = script.while_old_held is not None
    new_held = script.while_new_held is not None
    return call(
        repetition,
        None if used else "ESRCH",
        mask("old", old_copy, script.old_kind, script.old_window, held=old_held),
        mask("new", new_copy, script.new_kind, script.new_window, held=new_held),
        MAXNODE_TAILED,
        abi="compat" if script.compat else "native",
    )


@contextmanager
def write_here(_shared: tuple[Mask, Mask]) -> Iterator[Writer]:
    """Give the writer that is the fault server's own thread."""
    yield lambda mask, nodes: mask.write(nodes)


def play_script(
    script: Script,
    host: Host,
    times: int,
    make_call: Call = syscalls.migrate_pages,
    writers: Callable[[tuple[Mask, Mask]], AbstractContextManager[Writer]] = write_here,
) -> list[int]:
    """Play the script `times` times from the calling thread; return what the calls returned."""
    with ExitStack() as stack:
        shared = writers is not write_here
        old, new = (
            stack.enter_context(HeldMask(below_4g=script.compat, shared=shared)) for _ in range(2)
        )
        masks: dict[Name, HeldMask] = {"old": old, "new": new}
        writer = stack.enter_context(writers((old, new)))  # may fork: before there are threads
        server = stack.enter_context(FaultServer())

        held = ((old, script.while_old_held), (new, script.while_new_held))
        for mask, writes in held:
            if writes is not None:
                server.register(mask.tail_page)

        def act(repetition: int, writes: tuple[tuple[Name, Value], ...]) -> None:
            for name, which in writes:
                writer(masks[name], value(host, repetition, name, which))

        returned = []
        for repetition in range(times):
            for name, mask in masks.items():
                mask.write(value(host, repetition, name, script.start(name)))
            for mask, writes in held:
                if writes is None:
                    mask.touch_tail()
                else:
                    server.arm(mask.tail_page, partial(act, repetition, writes))
            returned.append(make_call(script.pid, MAXNODE_TAILED, old.address, new.address))
            server.check()
        return returned
