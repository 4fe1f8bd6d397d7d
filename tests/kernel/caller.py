"""Make honest migrate_pages calls as somebody.

    caller.py [--comm C] [--gid N] [--uid N] [--wait] TIMES

No call moves a page. With --wait it says `ready` and waits for a line before it calls.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from detector.simulate import syscalls
from detector.simulate.masks import MAXNODE_WORD, Mask
from detector.simulate.script import SELF


def main() -> None:
    """Become who is wanted, and call."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--comm")
    parser.add_argument("--gid", type=int)
    parser.add_argument("--uid", type=int)
    parser.add_argument("--wait", action="store_true")
    parser.add_argument("times", type=int)
    wanted = parser.parse_args()
    if wanted.comm:
        Path("/proc/self/comm").write_text(wanted.comm)
    if wanted.gid is not None:
        os.setgid(wanted.gid)
    if wanted.uid is not None:
        os.setuid(wanted.uid)
    if wanted.wait:
        print("ready", flush=True)  # noqa: T201
        sys.stdin.readline()
    with Mask() as old, Mask() as new:
        old.write((0,))
        new.write((0,))
        for _ in range(wanted.times):
            if syscalls.migrate_pages(SELF, MAXNODE_WORD, old.address, new.address):
                sys.exit("migrate_pages failed")


if __name__ == "__main__":
    main()
