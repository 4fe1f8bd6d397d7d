"""Scenarios of move_pages(2) whose pages have a node to be moved to, which is seen at the use."""

from __future__ import annotations

import struct
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

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


class _Room(NamedTuple):
    """Where a call's arrays lie."""

    target: Region
    """The pages that are moved."""
    plain: int
    """The address of a page that is there."""
    held: int
    """The address of a page that the server holds, once armed; so is `status`."""
    status: int
    server: FaultServer


_Arrange = Callable[[_Room, int, int], tuple[int, int, int]]
"""Writes the arrays, given the node that the pages are on and another one, and arms what is held;
gives where addresses, nodes and status are."""


def _perform(arrange: _Arrange, host: Host, times: int) -> list[int]:
    returned = []
    with ExitStack() as stack:
        target, plain = (stack.enter_context(Region(pages)) for pages in (COUNT, 1))
        held, status = (stack.enter_context(HeldText()).held for _ in range(2))
        server = stack.enter_context(FaultServer())
        server.register(held)
        server.register(status)
        room = _Room(target, plain.address, held, status, server)
        for _repetition in range(times):
            here, there = _placed(target, host)
            returned.append(syscalls.move_pages(_SELF, COUNT, *arrange(room, here, there)))
            server.check()
    return returned


def _flip(room: _Room, here: int, there: int, *, put_back: bool) -> tuple[int, int, int]:
    """Rewrite the last node while the kernel waits for the last address.

    `put_back`: and once more while it waits to write down where the pages then are.
    """
    nodes, last = room.plain, room.plain + _LAST * _NODE.size
    before, after = _NODE.pack(here), _NODE.pack(there)
    write(nodes, after * _LAST + before)
    *shown, address = _addresses(room.target)
    pages = room.held - _LAST * _POINTER.size
    write(pages, b"".join(shown))
    room.server.arm(room.held, partial(write, last, after), address)
    room.server.arm(room.status, partial(write, last, before if put_back else after))
    return pages, nodes, room.status


def _late(room: _Room, here: int, there: int) -> tuple[int, int, int]:
    """Rewrite the last node when the pages are moved, and the kernel waits to write that down."""
    pages, nodes = room.plain, room.plain + PAGE // 2
    write(pages, b"".join(_addresses(room.target)))
    write(nodes, _NODE.pack(there) * COUNT)
    room.server.arm(room.status, partial(write, nodes + _LAST * _NODE.size, _NODE.pack(here)))
    return pages, nodes, room.status


def _blind(room: _Room, _: int, there: int) -> tuple[int, int, int]:
    """Hold the nodes themselves from whoever looks first."""
    pages, status = room.plain, room.plain + PAGE // 2
    write(pages, b"".join(_addresses(room.target)))
    room.server.arm(room.held, None, _NODE.pack(there) * COUNT)
    return pages, room.held, status


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
        perform=partial(_perform, partial(_flip, put_back=False)),
    ),
    Scenario(
        name="move_pages-restore",
        summary="the same, put back before the call returns",
        calls=partial(_truth, _used("restore"), "blind"),
        perform=partial(_perform, partial(_flip, put_back=True)),
    ),
    Scenario(
        name="move_pages-late",
        summary="a node that changes after the page is moved",
        calls=partial(_truth, _unseen("late", "use→exit"), "none"),
        perform=partial(_perform, _late),
    ),
    Scenario(
        name="move_pages-blind",
        summary="nodes that cannot be read before the kernel reads them",
        calls=partial(_truth, _used("blind"), "none"),
        perform=partial(_perform, _blind),
    ),
)
