"""A thread becomes another program while its leader is in the call: `exec_in_the_middle.py TIMES`.

The leader is held in the kernel's copy of old_nodes, and killed there by the execve of a thread,
which takes the leader's number; the new program then makes TIMES honest calls.
"""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path

from detector.simulate import syscalls
from detector.simulate.faults import FaultServer
from detector.simulate.masks import MAXNODE_TAILED, HeldMask, Mask
from detector.simulate.script import SELF

CALLER = str(Path(__file__).parent / "caller.py")


def main() -> None:
    """Hold the leader; become the caller from another thread."""
    with HeldMask() as old, Mask() as new, FaultServer() as server:
        old.write((0,))
        new.write((0,))
        server.register(old.tail_page)
        server.park(old.tail_page)

        def become() -> None:
            server.wait_parked(1)
            os.execv(sys.executable, [sys.executable, CALLER, sys.argv[1]])  # noqa: S606

        threading.Thread(target=become).start()
        syscalls.migrate_pages(SELF, MAXNODE_TAILED, old.address, new.address)
        sys.exit("the call came back")


if __name__ == "__main__":
    main()
