"""How the programs are told of the calls that they watch: the table's entries. Pure."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator

from detector.capture.wire import LAYOUT, NUMBERS
from detector.syscalls.entry import Syscall


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
    masks = syscall.arguments
    return struct.pack(
        LAYOUT.format,
        syscall.wire,
        len(syscall.parameters),
        len(masks),
        sum(1 << nth for nth, mask in enumerate(masks) if mask.narrowed),
        bytes(mask.position for mask in masks),
        bytes(mask.length_position for mask in masks),
    )
