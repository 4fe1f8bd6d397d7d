"""Scenarios of move_pages(2), whose arrays the kernel reads piece by piece, under way."""

from __future__ import annotations

import struct
from contextlib import ExitStack
from functools import partial
from typing import TYPE_CHECKING

import msgspec

from detector.simulate import syscalls
from detector.simulate.faults import FaultServer
from detector.simulate.held_text import HeldText
from detector.simulate.pages import PAGE, Region, write
from detector.simulate.scenario import Scenario
from detector.simulate.truth import CallTruth, Kind, Severity, TextTruth, text_call

if TYPE_CHECKING:
    from detector.simulate.host import Host

COUNT = 4
_SELF = 0
_POINTER = struct.Struct("=Q")


def _call(pages: int, nodes: int, status: int) -> int:
    return syscalls.move_pages(_SELF, COUNT, pages, nodes, status)


def _perform_clean(host: Host, times: int) -> list[int]:
    with Region(1) as target, HeldText() as memory:
        pages, nodes, status = _laid_out(memory, target, host)
        return [_call(pages, nodes, status) for _ in range(times)]


def _perform_query(host: Host, times: int) -> list[int]:
    """Ask where pages are: no nodes are given."""
    with Region(1) as target, HeldText() as memory:
        pages, _, status = _laid_out(memory, target, host)
        return [_call(pages, 0, status) for _ in range(times)]


def _laid_out(memory: HeldText, target: Region, host: Host) -> tuple[int, int, int]:
    """Write an address of a page and a node, so many times; give where, and room for answers."""
    write(target.address, b"page")
    pages, nodes, status = (memory.address + at for at in (0, PAGE // 4, PAGE // 2))
    write(pages, _POINTER.pack(target.address) * COUNT)
    write(nodes, struct.pack("=i", host.node) * COUNT)
    write(status, bytes(4 * COUNT))
    return pages, nodes, status


def _perform_flip(host: Host, times: int) -> list[int]:
    """Rewrite the first address while the kernel waits for the last one."""
    returned = []
    with ExitStack() as stack:
        target = stack.enter_context(Region(2))
        memory, held = (stack.enter_context(HeldText()) for _ in range(2))
        server = stack.enter_context(FaultServer())
        server.register(held.held)
        _, nodes, status = _laid_out(memory, target, host)
        address = _POINTER.pack(target.address)
        other = _POINTER.pack(target.page(1))
        for _repetition in range(times):
            pages = held.held - (COUNT - 1) * _POINTER.size
            write(pages, address * (COUNT - 1))
            server.arm(held.held, partial(write, pages, other), address)
            returned.append(_call(pages, nodes, status))
            server.check()
    return returned


def _truth(kind: Kind, _: Host, times: int) -> tuple[CallTruth, ...]:
    # where the pages lie is another place in each playing: `any` of the looks
    raced = TextTruth(
        entry=None,
        use=None,
        exit=None,
        kind=kind,
        window=None if kind == "none" else "entry→exit",
    )
    texts = {"pages": raced, "nodes": TextTruth(entry=None, use=None, exit=None)}
    calls = (text_call("move_pages", repetition, None, texts) for repetition in range(times))
    # its use is not seen, and so it is told more softly
    severity: Severity | None = None if kind == "none" else "warning"
    return tuple(msgspec.structs.replace(call, severity=severity) for call in calls)


ARRAYS = (
    Scenario(
        name="move_pages-clean",
        summary="honest calls of move_pages",
        calls=partial(_truth, "none"),
        perform=_perform_clean,
    ),
    Scenario(
        name="move_pages-query",
        summary="move_pages that asks where pages are",
        calls=partial(_truth, "none"),
        perform=_perform_query,
    ),
    Scenario(
        name="move_pages-flip",
        summary="an address that changes while the kernel reads the others",
        calls=partial(_truth, "race"),
        perform=_perform_flip,
    ),
)
