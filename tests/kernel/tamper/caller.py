"""Make one honest migrate_pages call under each name given; none of them moves a page."""

from __future__ import annotations

import sys
from pathlib import Path

from detector.simulate import syscalls
from detector.simulate.masks import MAXNODE_WORD, Mask
from detector.simulate.script import SELF


def main(comms: list[str]) -> None:
    """Call with node 0 as old and as new, so that no mask is on its way when it is looked at."""
    with Mask() as old, Mask() as new:
        old.write((0,))
        new.write((0,))
        for comm in comms:
            Path("/proc/self/comm").write_text(comm)
            returned = syscalls.migrate_pages(SELF, MAXNODE_WORD, old.address, new.address)
            if returned:
                sys.exit(f"migrate_pages as {comm} returned {returned}")


if __name__ == "__main__":
    main(sys.argv[1:])
