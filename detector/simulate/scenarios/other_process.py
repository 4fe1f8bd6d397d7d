"""`other-process`: the writer is another process that shares the masks' memory."""

from __future__ import annotations

import os
import socket
import struct
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING

from detector.errors import SimulationError
from detector.simulate import pages
from detector.simulate.masks import BODY, encode
from detector.simulate.scenario import Scenario
from detector.simulate.scenarios.flips import FLIP_BOTH_SCRIPT
from detector.simulate.script import play_script, truth_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from detector.simulate.host import Host
    from detector.simulate.masks import Mask
    from detector.simulate.script import Writer
    from detector.simulate.truth import Nodes

_REQUEST = struct.Struct(f"=Q{BODY}s")  # address, bytes to write there


@contextmanager
def other_process(_shared: tuple[Mask, Mask]) -> Iterator[Writer]:
    """Give a writer that has a forked child write, and returns when it has."""
    here, there = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    child = os.fork()
    if child == 0:
        try:
            here.close()
            _serve(there)
        finally:
            os._exit(0)
    there.close()

    def write(mask: Mask, nodes: Nodes) -> None:
        here.send(_REQUEST.pack(mask.address, encode(nodes)))
        if not here.recv(1):
            message = "the writing process died"
            raise SimulationError(message)

    try:
        yield write
    finally:
        here.close()  # the end of file is the child's order to end
        os.waitpid(child, 0)


def _serve(requests: socket.socket) -> None:
    """Write what is asked for until the other end is closed."""
    while request := requests.recv(_REQUEST.size):
        address, content = _REQUEST.unpack(request)
        pages.write(address, content)
        requests.send(b".")


def perform(host: Host, times: int) -> list[int]:
    """Play the script with that writer."""
    return play_script(FLIP_BOTH_SCRIPT, host, times, writers=other_process)


OTHER_PROCESS = Scenario(
    "other-process",
    "another process changes both masks, by shared memory",
    partial(truth_of, FLIP_BOTH_SCRIPT),
    perform,
)
