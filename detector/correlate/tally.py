"""What the correlator counts besides the calls that it judges."""

from __future__ import annotations

import msgspec


class Tally(msgspec.Struct):
    """Counts since the correlator was made.

    Every snapshot that is fed ends in exactly one place: in a judged call, in one still open, as
    the rest of a parked one, as a duplicate or as a stray.
    """

    snapshots: int = 0
    """Snapshots fed."""
    judged: int = 0
    """Calls judged, evicted and parked ones included."""
    duplicates: int = 0
    """Snapshots fed twice: same call, same sequence."""
    strays: int = 0
    """Snapshots that belong to no call that can be judged: too late, of an unknown system call,
    with a sequence that no ladder has, or of an unentered call."""
    unentered: int = 0
    """Calls that never had an entry: number 0 of their sequence is another stage. They began
    before watching, or outside a system call; that is no loss."""
    evicted: int = 0
    """Calls judged early because too many were open."""
    parked: int = 0
    """Calls judged while they were still in the kernel."""
    after: int = 0
    """Snapshots that such a call made after it was judged: expected, and no loss."""
    lost: int = 0
    """Snapshots that Loss items in the stream say are lost."""
