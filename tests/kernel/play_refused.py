"""Calls that their supervisor refuses, each followed by one that it lets through.

The mask is another one at each call, so that a look which is taken for a later call's is a race.
"""

from __future__ import annotations

import sys

from detector.simulate.host import read_host
from detector.simulate.scenarios import supervised

WAYS = {
    "seccomp": (supervised.under_notify, supervised.by_notify),
    "ptrace": (supervised.under_tracer, supervised.by_tracer),
}


def main(way: str, times: int) -> None:
    """Refuse every other one of so many calls."""
    go_under, supervise = WAYS[way]
    returned = supervised.play_supervised(
        go_under,
        supervise,
        read_host(),
        times,
        raced=False,
        allows=lambda repetition, _: bool(repetition % 2),
    )
    refused = [value for value in returned if value < 0]
    assert len(refused) == (times + 1) // 2, returned


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
