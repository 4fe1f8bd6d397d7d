"""Scenarios of move_pages(2) whose pages have a node to be moved to, which is seen at the use."""

from __future__ import annotations

import struct
from contextlib import ExitStack
from functools import partial
from typing import TYPE_CHECKING

from detector.errors import SimulationError
from detector.simulate import syscalls
from detector.simulate.faults import FaultServer
from detector.simulate.held_text import HeldText
from detector.simulate.pages import PAGE, Region, write
from detector.simulate.scenario import Scenario
from detector.simulate.truth import CallTruth, Kind, TextTruth, text_call

if TYPE_CHECKING:
    from detector.simulate.host import Host

COUNT = 4
_SELF = 0
_LAST = COUNT - 1
_ATTEMPTS = 100
_NODE = struct.Struct("=i")
_POINTER = struct.Struct("=Q")


def _perform_clean(host: Host, times: int) -> list[int]:
    """Move pages from one node to another, honestly."""
    with Region(COUNT) as target, Region(1) as memory:
        returned = []
        for _ in range(times):
            _, there = _placed(target, host)
            pages, nodes, status = (memory.address + at for at in (0, PAGE // 4, PAGE // 2))
            write(pages, b"".join(_addresses(target)))
            write(nodes, _NODE.pack(there) * COUNT)
            returned.append(syscalls.move_pages(_SELF, COUNT, pages, nodes, status))
        return returned


def _perform_flip(host: Host, times: int, *, put_back: bool) -> list[int]:
    """Rewrite the last node while the kernel waits for the last address.

    `put_back`: and once more while it waits to write down where the pages then are.
    """
    returned = []
    with ExitStack() as stack:
        target, memory = (stack.enter_context(Region(pages)) for pages in (COUNT, 1))
        pages, status = (stack.enter_context(HeldText()) for _ in range(2))
        server = stack.enter_context(FaultServer())
        server.register(pages.held)
        server.register(status.held)
        nodes = memory.address
        last = nodes + _LAST * _NODE.size
        for _repetition in range(times):
            here, there = _placed(target, host)
            before, after = _NODE.pack(here), _NODE.pack(there)
            write(nodes, after * _LAST + before)
            *shown, held = _addresses(target)
            begin = pages.held - _LAST * _POINTER.size
            write(begin, b"".join(shown))
            server.arm(pages.held, partial(write, last, after), held)
            server.arm(status.held, partial(write, last, before if put_back else after))
            returned.append(syscalls.move_pages(_SELF, COUNT, begin, nodes, status.held))
            server.check()
    return returned


def _perform_late(host: Host, times: int) -> list[int]:
    """Rewrite the last node when the pages are moved, and the kernel waits to write that down."""
    returned = []
    with ExitStack() as stack:
        target, memory = (stack.enter_context(Region(pages)) for pages in (COUNT, 1))
        status = stack.enter_context(HeldText())
        server = stack.enter_context(FaultServer())
        server.register(status.held)
        pages, nodes = memory.address, memory.address + PAGE // 2
        for _repetition in range(times):
            here, there = _placed(target, host)
            write(pages, b"".join(_addresses(target)))
            write(nodes, _NODE.pack(there) * COUNT)
            last = nodes + _LAST * _NODE.size
            server.arm(status.held, partial(write, last, _NODE.pack(here)))
            returned.append(syscalls.move_pages(_SELF, COUNT, pages, nodes, status.held))
            server.check()
    return returned


def _perform_blind(host: Host, times: int) -> list[int]:
    """Hold the nodes themselves from whoever looks first."""
    returned = []
    with ExitStack() as stack:
        target, memory = (stack.enter_context(Region(pages)) for pages in (COUNT, 1))
        nodes = stack.enter_context(HeldText())
        server = stack.enter_context(FaultServer())
        server.register(nodes.held)
        pages, status = memory.address, memory.address + PAGE // 2
        for _repetition in range(times):
            _, there = _placed(target, host)
            write(pages, b"".join(_addresses(target)))
            server.arm(nodes.held, None, _NODE.pack(there) * COUNT)
            returned.append(syscalls.move_pages(_SELF, COUNT, pages, nodes.held, status))
            server.check()
    return returned


def _addresses(target: Region) -> list[bytes]:
    return [_POINTER.pack(target.page(nth)) for nth in range(COUNT)]


def _placed(target: Region, host: Host) -> tuple[int, int]:
    """Have all the pages on one node; give that, and another one. Raises SimulationError."""
    for _ in range(_ATTEMPTS):
        syscalls.drop_content(target.address, target.length)
        write(target.address, b"page".ljust(PAGE, b".") * COUNT)
        on = {syscalls.node_of(target.page(nth)) for nth in range(COUNT)}
        others = sorted(set(host.nodes) - on)
        if len(on) == 1 and others:
            return on.pop(), others[0]
    message = "pages can be moved to no other node: that takes two nodes with memory"
    raise SimulationError(message)


def _truth(nodes: TextTruth, pages: Kind, _: Host, times: int) -> tuple[CallTruth, ...]:
    # which node the pages are on is luck, and where they lie, too
    texts = {"pages": _unseen(pages, "entry→exit"), "nodes": nodes}
    return tuple(text_call("move_pages", repetition, None, texts) for repetition in range(times))


def _unseen(kind: Kind, window: str) -> TextTruth:
    return TextTruth(
        entry=None, use=None, exit=None, kind=kind, window=None if kind == "none" else window
    )


def _used(kind: Kind) -> TextTruth:
    return _unseen(kind, "entry→use")


BATCHES = (
    Scenario(
        name="move_pages-moved",
        summary="honest calls of move_pages that move pages to another node",
        calls=partial(_truth, _used("none"), "none"),
        perform=_perform_clean,
    ),
    Scenario(
        name="move_pages-node",
        summary="a node that changes before the kernel moves a page there",
        calls=partial(_truth, _used("race"), "blind"),
        perform=partial(_perform_flip, put_back=False),
    ),
    Scenario(
        name="move_pages-restore",
        summary="the same, put back before the call returns",
        calls=partial(_truth, _used("restore"), "blind"),
        perform=partial(_perform_flip, put_back=True),
    ),
    Scenario(
        name="move_pages-late",
        summary="a node that changes after the page is moved",
        calls=partial(_truth, _unseen("late", "use→exit"), "none"),
        perform=_perform_late,
    ),
    Scenario(
        name="move_pages-blind",
        summary="nodes that cannot be read before the kernel reads them",
        calls=partial(_truth, _used("blind"), "none"),
        perform=_perform_blind,
    ),
)
