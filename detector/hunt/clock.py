"""The clock of one host and boot: CLOCK_BOOTTIME brought to wall time, with a stated error. Pure.

Wall time is CLOCK_BOOTTIME plus an offset that moves only when the wall clock is set: a clock that
is merely slewed takes CLOCK_MONOTONIC, and so CLOCK_BOOTTIME, along (kernel/time/timekeeping.c:
timekeeping_inject_offset, do_settimeofday64). A recording's headers each carry the offset as it was
then, and how surely it was read. One offset is taken for the whole boot, so that the order of its
calls never changes; how far the others may be from it is the error. How far the host's clock was
off the true time, none can say.
"""

from __future__ import annotations

from collections.abc import Iterable
from statistics import median_low

import msgspec

from detector.hunt.header_facts import HeaderFacts
from detector.hunt.int64 import int64


class Clock(msgspec.Struct, frozen=True):
    """What brings the calls of one host and boot to wall time."""

    offset_ns: int
    """Wall time minus CLOCK_BOOTTIME."""
    error_ns: int
    """Wall times may be off by as much, either way."""

    def wall_ns(self, boottime_ns: int) -> int:
        """Give the wall time, ns since 1970, of a moment of CLOCK_BOOTTIME."""
        return max(int64(boottime_ns + self.offset_ns), 0)


NO_CLOCK = Clock(0, 0)
"""Of a recording that says nothing of its host."""


def clock_of(headers: Iterable[HeaderFacts]) -> Clock:
    """Give the clock of the boot that these headers are of: at least one."""
    read = [
        (int64(reading), header.doubt_ns) for header in headers for reading in header.offsets_ns
    ]
    offset = median_low(reading for reading, _ in read)
    error = max(abs(reading - offset) + doubt for reading, doubt in read)
    return Clock(offset, int64(error))
