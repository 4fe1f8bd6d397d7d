"""How the programs are told of the calls that they watch: the table's entries. Pure."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator

from detector.capture.wire import LAYOUT, MASKS, NUMBERS, Exact, WireForm
from detector.model.form import Form
from detector.model.stage import Stage
from detector.syscalls.entry import Syscall

_FORMS = {
    Form.NODEMASK: WireForm.NODEMASK,
    Form.PATH: WireForm.PATH,
    Form.SOCKET_ADDRESS: WireForm.ADDRESS,
    Form.POINTERS: WireForm.POINTERS,
    Form.INTEGERS: WireForm.INTEGERS,
    Form.WORDS: WireForm.WORDS,
}


def layouts(syscalls: Iterable[Syscall]) -> Iterator[tuple[int, bytes]]:
    """Give the map's elements: where, and a `struct toctrace_layout`.

    The one for 32-bit callers stands NUMBERS after the others.
    """
    for syscall in syscalls:
        layout = layout_of(syscall)
        yield syscall.number, layout
        yield NUMBERS + syscall.compat_number, layout


def layout_of(syscall: Syscall) -> bytes:
    """Make a call's `struct toctrace_layout`."""
    taken = syscall.arguments
    return struct.pack(
        LAYOUT.format,
        syscall.wire,
        len(syscall.parameters),
        len(taken),
        sum(1 << nth for nth, argument in enumerate(taken) if argument.narrowed),
        bytes(argument.position for argument in taken),
        bytes(argument.length_position or 0 for argument in taken),
        bytes(_FORMS[argument.form] for argument in taken).ljust(MASKS, b"\0"),
        _exact(syscall),
        0,
    )


def _exact(syscall: Syscall) -> int:
    """Say how a call is followed that copies no nodemasks; 0 for one that does."""
    if not syscall.apart:
        return 0
    exact = Exact.EXACT
    if not syscall.exit_looks:
        exact |= Exact.NO_EXIT_LOOK
    in_pieces = any(argument.in_pieces for argument in syscall.arguments)
    if in_pieces or not any(probe.stage is Stage.USE for probe in syscall.probes):
        exact |= Exact.NO_USE
    if any(argument.used_apart for argument in syscall.arguments):
        exact |= Exact.USED_APART
    if in_pieces:
        exact |= Exact.IN_PIECES
    return exact
