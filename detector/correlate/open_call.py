"""A call that is being assembled from its snapshots, in whatever order they arrive."""

from __future__ import annotations

from typing import TypeVar

from detector.model.caller import Caller
from detector.model.enforcement import Enforced
from detector.model.snapshot import Content, Snapshot
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
        "fault_foreign",
        "fault_held",
        "first",
        "last",
        "looked",
        "losses_before",
        "lost",
        "others",
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
        """The first snapshot of each stage; of the copies see `copies`."""
        self.others: dict[tuple[Stage, str], Snapshot] = {}
        """By stage and argument: what more snapshots of the same stage have."""
        self.copies: dict[str, Snapshot] = {}
        """Copy snapshots by the argument that was copied."""
        self.end: Snapshot | None = None
        """The last snapshot of the stage after which the kernel issues none."""
        self.seen = 0
        """Bit n is set when the snapshot with sequence n has arrived."""
        self.looked = 0
        """What `seen` was when it was last judged without being closed."""
        self.lost = 0
        """Snapshots that found no room, as far as the later ones say."""
        self.losses_before = losses_before
        self.superseded = False
        """Whether a later call of the same task has been seen: this one has ended."""
        self.caller: Caller | None = None
        self.fault_held = False
        self.fault_foreign = False
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
        self.fault_foreign |= snapshot.fault_foreign
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
            self._keep(snapshot)
        if snapshot.stage is Stage.EXIT or (not exit_armed and _nothing_follows(snapshot)):
            self._end_with(snapshot)
        return True

    def content(self, stage: Stage, name: str) -> Content | None:
        """Give what one argument was at a stage; of the copies see `copies`."""
        snapshot = self.stages.get(stage)
        if snapshot is None:
            return None
        content = snapshot.contents.get(name)
        if content is None and self.others and (stage, name) in self.others:
            return self.others[stage, name].contents[name]
        return content

    @property
    def unseen(self) -> tuple[str, ...]:
        """The arguments whose own last snapshot is not here, at the stage that ends the call.

        An end without any content stands for all of them: the caller's memory is gone (execve).
        """
        end = self.end
        if end is None or not self.syscall.apart or not end.contents:
            return ()
        return tuple(
            argument.name
            for argument in self.syscall.arguments
            if (argument.exact or end.stage is Stage.EXIT)
            and self.content(end.stage, argument.name) is None
        )

    @property
    def settled(self) -> bool:
        """Whether its end is there, and everything that found room before it."""
        end = self.end
        if end is None or self.unseen:
            return False
        return self._arrived(end) >= end.sequence + 1 - min(end.lost, end.sequence)

    @property
    def holes(self) -> int:
        """Count the snapshots that were issued, as far as is known, and are not here."""
        last = self.end or self.last
        return max(self.lost, last.sequence + 1 - self._arrived(last))

    def _keep(self, snapshot: Snapshot) -> None:
        """Keep the first snapshot of its stage, and of later ones what that has not."""
        known = self.stages.setdefault(snapshot.stage, snapshot)
        if known is snapshot:
            return
        later = snapshot
        if snapshot.sequence < known.sequence:
            self.stages[snapshot.stage] = snapshot
            later = known
        for name in later.contents:
            _keep_first(self.others, (later.stage, name), later)

    def _end_with(self, snapshot: Snapshot) -> None:
        """Take the last one of an end that has a snapshot for each argument."""
        if self.end is None or snapshot.sequence > self.end.sequence:
            self.end = snapshot

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
