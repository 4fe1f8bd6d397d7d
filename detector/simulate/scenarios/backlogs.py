"""Scenarios in which connecting waits for a listener that has as many waiting as it takes.

The kernel has used the address by then. `connect-late` rewrites it meanwhile; `connect-waits`
does not. Nothing leaves this host: the names are abstract ones of AF_UNIX.
"""

from __future__ import annotations

import socket
import struct
from contextlib import ExitStack
from functools import partial
from typing import TYPE_CHECKING

from detector.errors import SimulationError
from detector.raw_syscall import raw_syscall
from detector.simulate.held_text import HeldText
from detector.simulate.pages import write
from detector.simulate.scenario import Scenario
from detector.simulate.truth import CallTruth, used_and_after
from detector.simulate.waiting import while_waiting

if TYPE_CHECKING:
    from detector.simulate.host import Host

NR_CONNECT = 42
USED, SHOWN = "toctrace-used", "toctrace-none"
_WAITING = {"unix_wait_for_peer", "unix_stream_connect"}
"""net/unix/af_unix.c: where a caller waits until the listener has accepted one more."""


def address_of(name: str) -> bytes:
    """Give the struct sockaddr_un of an abstract name."""
    return struct.pack("=H", socket.AF_UNIX) + b"\0" + name.encode()


def _full_listener(stack: ExitStack) -> socket.socket:
    """Give a listener with one connection in its queue, which takes no more."""
    listener = stack.enter_context(socket.socket(socket.AF_UNIX))
    try:
        listener.bind(f"\0{USED}")
    except OSError as error:
        raise SimulationError(f"the socket @{USED} cannot be made: {error.strerror}") from error
    listener.listen(0)
    stack.enter_context(socket.socket(socket.AF_UNIX)).connect(f"\0{USED}")
    return listener


def _take_one(listener: socket.socket) -> None:
    listener.accept()[0].close()


def _perform(after: str, _: Host, times: int) -> list[int]:
    returned = []
    with ExitStack() as stack:
        text = stack.enter_context(HeldText())
        listener = _full_listener(stack)
        for _repetition in range(times):
            write(text.address, address_of(USED))
            made = stack.enter_context(socket.socket(socket.AF_UNIX))
            rewrite = partial(write, text.address, address_of(after))
            with while_waiting(_WAITING, rewrite, partial(_take_one, listener)):
                length = len(address_of(USED))
                returned.append(raw_syscall(NR_CONNECT, made.fileno(), text.address, length))
    return returned


def _truth(after: str, _: Host, times: int) -> tuple[CallTruth, ...]:
    return used_and_after("connect", "addr", f"unix:@{USED}", f"unix:@{after}", times)


BACKLOGS = (
    Scenario(
        name="connect-late",
        summary="another address once the kernel has used it",
        calls=partial(_truth, SHOWN),
        perform=partial(_perform, SHOWN),
    ),
    Scenario(
        name="connect-waits",
        summary="honest connecting to whom takes no more for a while",
        calls=partial(_truth, USED),
        perform=partial(_perform, USED),
    ),
)
