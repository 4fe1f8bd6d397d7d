"""Honest migrate_pages calls in great number, every one of which must come past the enforcing hook.

They are about a kernel thread, which has no memory to move: each passes the hook and then ends with
EINVAL (mm/mempolicy.c: kernel_migrate_pages), in microseconds in place of milliseconds. One that is
refused ends with EPERM. Run as a program, it enforces as `toctrace watch --enforce` does and says
what became of the calls: enforce_honest.py CALLS.
"""

from __future__ import annotations

import errno
import os
import random
import sys
import time
from collections import Counter
from contextlib import ExitStack

from detector.capture.capture import Capture, own_pidfd
from detector.capture.enforcing import Enforcing
from detector.capture.filters import Filters
from detector.capture.wire import Seed
from detector.model.enforcement import Mode
from detector.rules.enforceable import Callers, Named
from detector.simulate import pages, syscalls
from detector.simulate.masks import BODY, MAXNODE_TAILED, encode
from detector.simulate.pages import Region
from detector.syscalls.migrate_pages import MIGRATE_PAGES

KERNEL_THREAD = 2
"""kthreadd (init/main.c: rest_init)."""
EVERYBODY = (Named(rule="everybody", callers=(Callers(),)),)
PLACES = (4096, 1024, 136, 128, 100, 64, 8, 4)
"""Bytes of a mask's page before the next one: most masks lie across that boundary."""
MAXNODES = (2, 65, 129, 1000, 1025, MAXNODE_TAILED)
CHUNK = 10_000
"""Calls between two looks at the ring buffer."""


def honest_calls(count: int, seed: int = 0) -> dict[int, int]:
    """Make `count` honest calls with masks, lengths and places of many sorts; give their results.

    Node 0 is in each mask, so that the kernel goes on to the hook.
    """
    chance = random.Random(seed)  # noqa: S311  (which masks are tried is no secret)
    ended: Counter[int] = Counter()
    with ExitStack() as stack:
        addresses = []
        for before in PLACES:
            region = stack.enter_context(Region(2))
            address = region.page(1) - before
            pages.write(region.address, bytes(region.length))
            nodes = (0, *chance.sample(range(8 * BODY), chance.randrange(40)))
            pages.write(address, encode(nodes))
            addresses.append(address)
        for _ in range(count):
            old, new = chance.choice(addresses), chance.choice(addresses)
            maxnode = chance.choice(MAXNODES)
            ended[syscalls.migrate_pages(KERNEL_THREAD, maxnode, old, new)] += 1
    return dict(ended)


def main(count: int) -> int:
    """Enforce, make the calls, and say what became of them.

    Give 0 where none was refused, and each one was followed and found the same: a call that was not
    looked at passes, too.
    """
    with Capture((MIGRATE_PAGES,), enforcing=Enforcing(mode=Mode.REFUSE)) as capture:
        pidfd = own_pidfd()
        capture.mark(pidfd, Seed.MARKED)
        os.close(pidfd)
        capture.arm(Filters(marked=True), gated=True)
        capture.enforce(EVERYBODY)
        began = time.monotonic()
        ended: Counter[int] = Counter()
        for chunk in range(0, count, CHUNK):
            ended.update(honest_calls(min(CHUNK, count - chunk), seed=chunk))
            capture.read(0)
        took = time.monotonic() - began
        totals = capture.totals()
    names = {errno.errorcode.get(-returned, "success"): n for returned, n in ended.items()}
    print(f"{count:,} honest calls in {took:.0f} s ended with {names}")
    print(f"followed {totals.begun:,}, equal {totals.equal:,}, sent {totals.sent:,}")
    print(f"enforced: {dict(totals.enforced)}; lost: {totals.lost}")
    passed = not totals.enforced and ended == {-errno.EINVAL: count}
    judged = totals.begun == totals.exited == totals.equal == count and not totals.lost
    return int(not (passed and judged))


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
