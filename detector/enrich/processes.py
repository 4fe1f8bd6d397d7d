"""The table of live and just ended processes: pure, fed with events and what /proc said.

A process is named only where the table is certain that it is the one meant: by its start time,
and by what it ran at the time that is asked about. Where events were lost it says nothing.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field, replace

PROCESS_BOUND = 4096
"""Processes kept; ended ones go first, oldest first, then those not asked about the longest."""
IMAGE_BOUND = 4
"""Programs kept of one process; older ones are forgotten."""
FORK_SLACK_NS = 100_000_000
"""A fork is told at most so long after the start time was taken (kernel/fork.c: copy_process);
with more, a process that ended before /proc was read stays without a name."""

NOT_SEEN = "it was neither seen to start nor found in /proc in time"
REPLACED = "it ran execve again before /proc could be read"


@dataclass(frozen=True, slots=True)
class Image:
    """What a process ran from `since_ns` on, until its next image."""

    since_ns: int
    """CLOCK_BOOTTIME; 0: since before anybody looked."""
    executable: str | None
    command_line: tuple[str, ...]
    missing: str = ""
    """Why the rest is not known; empty where it is."""
    read_ns: int = 0
    """CLOCK_BOOTTIME of the end of the read: an execve before that makes it another program's.
    0 where it was taken over at a fork."""
    source_ns: int = 0
    """`read_ns` of the read that it goes back to."""


@dataclass(slots=True)
class Life:
    """One process from its fork to its end, as far as it was seen."""

    tgid: int
    earliest_ns: int
    """Its start time is this (CLOCK_BOOTTIME) or later, ..."""
    latest_ns: int
    """... and this or earlier."""
    held_from_ns: int
    """From this time on the number was certainly this process'."""
    parent_tgid: int | None = None
    comm: str | None = None
    images: list[Image] = field(default_factory=list)
    certain_until_ns: int | None = None
    """Events after this time may have been lost; None: none were."""
    ended_ns: int | None = None

    def is_of(self, start_ns: int, *, leader: bool) -> bool:
        """Whether a task of this tgid with that start time is one of this process.

        The leader has the process' own start time; any other thread a later one, at which the
        number was held by this process.
        """
        if leader:
            return self.earliest_ns <= start_ns <= self.latest_ns
        return self.held_from_ns <= start_ns

    def image_at(self, when_ns: int) -> Image | None:
        """Give what it ran at that time; None where that is not certain."""
        if self.certain_until_ns is not None and when_ns > self.certain_until_ns:
            return None
        for image in reversed(self.images):
            if image.since_ns <= when_ns:
                return image
        return None


class ProcessTable:
    """Lives by thread group id; one life each, for the number's present or last holder."""

    def __init__(self, bound: int = PROCESS_BOUND) -> None:
        """Keep at most `bound` processes."""
        self._bound = bound
        self._lives: OrderedDict[int, Life] = OrderedDict()
        self._ended: OrderedDict[int, None] = OrderedDict()
        self._last_event_ns = 0
        self._gap_ns = 0

    def __len__(self) -> int:
        """Count the processes that are kept."""
        return len(self._lives)

    def seen(self, life: Life) -> None:
        """Take in a process that was found running."""
        self._put(life)

    def forked(self, tgid: int, parent_tgid: int, at_ns: int) -> None:
        """A process began: until it runs execve it runs what its parent runs now."""
        self._last_event_ns = at_ns
        before = self._lives.get(tgid)
        earliest = max(at_ns - FORK_SLACK_NS, self._gap_ns)
        if before is not None:
            # the number's last holder has to have ended before
            earliest = max(earliest, before.ended_ns or before.latest_ns + 1)
        life = Life(
            tgid=tgid, earliest_ns=min(earliest, at_ns), latest_ns=at_ns, held_from_ns=at_ns
        )
        life.parent_tgid = parent_tgid
        parent = self._lives.get(parent_tgid)
        if parent is not None:
            image = parent.image_at(at_ns)
            if image is not None:
                life.images.append(replace(image, since_ns=at_ns, read_ns=0))
            life.comm = parent.comm
        self._put(life)

    def replaced(self, tgid: int, at_ns: int, image: Image, life: Life | None) -> None:
        """A process ran execve at `at_ns`; `life`: what /proc says of it, if not known yet."""
        self._last_event_ns = at_ns
        known = self._lives.get(tgid)
        if known is None:
            if life is None:
                return
            known = life
            self._put(known)
        if known.certain_until_ns is not None:
            known.images.clear()  # what ran in the gap is not known
            known.certain_until_ns = None
        self._spoil({old.source_ns for old in known.images if old.read_ns >= at_ns})
        known.images = [*known.images[-(IMAGE_BOUND - 1) :], image]
        if life is not None:
            known.comm = life.comm

    def _spoil(self, sources: set[int]) -> None:
        """Forget what was read too late, in the process and in all that were forked from it."""
        if not sources:
            return
        for life in self._lives.values():
            life.images = [
                replace(old, executable=None, command_line=(), missing=REPLACED)
                if old.source_ns in sources
                else old
                for old in life.images
            ]

    def renamed(self, tgid: int, comm: str, at_ns: int) -> None:
        """A process gave itself a name."""
        self._last_event_ns = at_ns
        life = self._lives.get(tgid)
        if life is not None:
            life.comm = comm

    def exited(self, tgid: int, at_ns: int) -> None:
        """A process' leader ended (its other threads may go on): it may be forgotten first."""
        self._last_event_ns = at_ns
        life = self._lives.get(tgid)
        if life is not None:
            life.ended_ns = at_ns
            self._ended[tgid] = None

    def gap(self, now_ns: int) -> None:
        """Events were lost: from the last event on nothing is certain until told anew."""
        self._gap_ns = now_ns
        for life in self._lives.values():
            if life.certain_until_ns is None:
                life.certain_until_ns = self._last_event_ns

    def lives(self) -> tuple[Life, ...]:
        """Give every process that has not ended, and of which nothing was lost."""
        return tuple(
            life
            for life in self._lives.values()
            if life.ended_ns is None and life.certain_until_ns is None
        )

    def get(self, tgid: int) -> Life | None:
        """Give the number's present or last holder, without any judgement."""
        return self._lives.get(tgid)

    def find(self, tgid: int, start_ns: int, *, leader: bool) -> Life | None:
        """Give the process of a task with that start time; None where it is not certain."""
        life = self._lives.get(tgid)
        if life is None or not life.is_of(start_ns, leader=leader):
            return None
        if not leader and life.certain_until_ns is not None and start_ns > life.certain_until_ns:
            return None  # the number may have a new holder whose fork was lost
        self._lives.move_to_end(tgid)
        return life

    def _put(self, life: Life) -> None:
        """Keep a life, forgetting others past the bound."""
        self._ended.pop(life.tgid, None)
        self._lives[life.tgid] = life
        self._lives.move_to_end(life.tgid)
        while len(self._lives) > self._bound:
            if self._ended:
                self._lives.pop(self._ended.popitem(last=False)[0], None)
            else:
                self._lives.popitem(last=False)
