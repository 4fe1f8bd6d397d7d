"""Play scenarios one after another, and write when each one ran: {name: [from, to]}, boot ns.

Each is played in a child of its own, which has imported already what it needs. Beside them stands
how many calls the scenarios made to prepare their memory, which no truth tells of.
"""

from __future__ import annotations

import json
import mmap
import os
import sys
import time
from pathlib import Path

from detector.simulate import play, syscalls


def main(out: Path, times: str, names: list[str]) -> None:
    """Play each of `names` `times` times in a process of its own."""
    spans = {}
    preparing = counted_preparing()
    for name in names:
        began = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
        pid = os.fork()
        if pid == 0:
            play(name, int(times))
            os._exit(0)
        if os.waitpid(pid, 0)[1] != 0:
            sys.exit(f"{name} could not be played")
        spans[name] = [began, time.clock_gettime_ns(time.CLOCK_BOOTTIME)]
    out.write_text(json.dumps({"spans": spans, "preparing": preparing[0]}))


def counted_preparing() -> memoryview[int]:
    """Count in shared memory, from now on and in children too, the honest mbind of each mapping."""
    count = memoryview(mmap.mmap(-1, mmap.PAGESIZE)).cast("Q")
    bind = syscalls.bind_local

    def counting(address: int, length: int) -> None:
        count[0] += 1
        bind(address, length)

    syscalls.bind_local = counting
    return count


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], sys.argv[3:])
