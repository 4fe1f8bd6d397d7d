"""A call that is being assembled from its snapshots, in whatever order they arrive."""

from __future__ import annotations

from typing import TypeVar

from detector.model.caller import Caller
from detector.model.enforcement import Enforced
from detector.model.snapshot import Snapshot
from detector.model.stage import Stage
from detector.syscalls.entry import Syscall

_Key = TypeVar("_Key")
_BEGINNINGS = {Stage.SUPERVISE, Stage.ENTRY}


class OpenCall:
    """What has arrived of one call so far."""

    __slots__ = (
        "caller",
        "copies",
        "end",
        "enforced",
        "fault_held",
        "first",
        "last",
        "losses_before",
        "lost",
        "own",
        "seen",
        "stages",
        "superseded",
        "syscall",
    )

    def __init__(self, syscall: Syscall, snapshot: Snapshot, losses_before: int) -> None:
        """Begin with whichever of its snapshots came first; it is still to be added.

        `losses_before` is how many Loss items stood in the stream before it.
        """
        self.syscall = syscall
        self.first = snapshot
        """The snapshot with the lowest sequence."""
        self.last = snapshot
        """The snapshot with the highest sequence."""
        self.stages: dict[Stage, Snapshot] = {}
        """One snapshot for each stage; of the copies see `copies`."""
        self.copies: dict[str, Snapshot] = {}
        """Copy snapshots by the argument that was copied."""
        self.end: Snapshot | None = None
        """The snapshot after which the kernel issues none."""
        self.seen = 0
        """Bit n is set when the snapshot with sequence n has arrived."""
        self.lost = 0
        """Snapshots that found no room, as far as the later ones say."""
        self.losses_before = losses_before
        self.superseded = False
        """Whether a later call of the same task has been seen: this one has ended."""
        self.caller: Caller | None = None
        self.fault_held = False
        self.own = False
        self.enforced: Enforced | None = None

    @property
    def number(self) -> int:
        """The call's number."""
        return self.first.call

    @property
    def unentered(self) -> bool:
        """Whether its numbering begins at another stage: there never was an entry to lose.

        A supervisor's look goes out with the entry that follows it, never alone.
        """
        return self.first.sequence == 0 and self.first.stage not in _BEGINNINGS

    def add(self, snapshot: Snapshot, *, exit_armed: bool = True) -> bool:
        """Take one snapshot; False when its sequence is there already."""
        sequence = snapshot.sequence
        bit = 1 << sequence
        if self.seen & bit:
            return False
        self.seen |= bit
        self.lost = max(self.lost, min(snapshot.lost, sequence))
        self.fault_held |= snapshot.fault_held
        self.own |= snapshot.own
        self.caller = self.caller or snapshot.caller
        self.enforced = self.enforced or snapshot.enforced
        if sequence < self.first.sequence:
            self.first = snapshot
        elif sequence > self.last.sequence:
            self.last = snapshot
        if snapshot.stage is Stage.COPY:
            for name in snapshot.contents:
                _keep_first(self.copies, name, snapshot)
        else:
            _keep_first(self.stages, snapshot.stage, snapshot)
        if snapshot.stage is Stage.EXIT or (not exit_armed and _nothing_follows(snapshot)):
            self.end = snapshot
        return True

    @property
    def settled(self) -> bool:
        """Whether its end is there, and everything that found room before it."""
        end = self.end
        if end is None:
            return False
        return self._arrived(end) >= end.sequence + 1 - min(end.lost, end.sequence)

    @property
    def holes(self) -> int:
        """Count the snapshots that were issued, as far as is known, and are not here."""
        last = self.end or self.last
        return max(self.lost, last.sequence + 1 - self._arrived(last))

    def _arrived(self, last: Snapshot) -> int:
        return (self.seen & ((2 << last.sequence) - 1)).bit_count()


def _keep_first(kept: dict[_Key, Snapshot], key: _Key, snapshot: Snapshot) -> None:
    """Keep the lowest sequence where a stage repeats, so that arrival order does not matter."""
    known = kept.get(key)
    if known is None or snapshot.sequence < known.sequence:
        kept[key] = snapshot


def _nothing_follows(snapshot: Snapshot) -> bool:
    """Whether a call without an exit probe issues nothing after this snapshot."""
    return snapshot.stage is Stage.USE or (snapshot.stage is Stage.COPY and bool(snapshot.returned))
