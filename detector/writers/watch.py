"""One caller's words under watch: watchpoints in all its threads, and in whoever shares them."""

from __future__ import annotations

import errno
import os
import time
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import msgspec

from detector.enrich.bounded import BoundedReader
from detector.enrich.procfs import ProcessDirectory
from detector.errors import AttachError, EnrichmentError
from detector.symbols.maps import Mapping
from detector.writers.perf_event import Word, refusal
from detector.writers.program import WriterProgram
from detector.writers.sharers import Sharer, read_maps, sharers
from detector.writers.wire import Write
from detector.writers.words import MaskWord

MOST_EVENTS = 512
"""Watchpoints of one watch (a word in a thread): further threads are not watched, and said."""
SCAN_S = 2.0
"""How long one look for processes that share the words may take, in seconds."""
RESCAN_S = 0.5
"""Time between two of them: a process forked meanwhile is watched from the next one on."""
_ROUNDS = 3
"""Threads are listed again after they were watched: one may have begun between."""

TOO_MANY = f"more than {MOST_EVENTS} watchpoints would be needed"
TOO_SLOW = f"not all processes were looked at within {SCAN_S:g} s"
CHANGED = "the process had ended, or its number is another's"


class Spot(msgspec.Struct, frozen=True):
    """A watched word as one process has it: what a record of the kernel names."""

    owner: int
    address: int


def spot_of(write: Write) -> Spot:
    """Give what a record of the kernel names."""
    return Spot(write.owner, write.address)


class Watch:
    """From its beginning until `close`."""

    def __init__(
        self,
        program: WriterProgram,
        directory: ProcessDirectory,
        words: Iterable[MaskWord],
        root: Path,
        reader: BoundedReader,
    ) -> None:
        """Watch the words in the caller's process, whose `directory` stays the caller's."""
        self._program = program
        self._directory = directory
        self._root = root
        self._reader = reader
        self._events = ExitStack()
        self._tried: set[tuple[int, int]] = set()
        self._sharers: set[Sharer] = set()
        self._next_scan = 0.0
        self.events = 0
        """How many watchpoints were set."""
        self.words = tuple(words)
        self.spots: dict[Spot, MaskWord] = {}
        self.refused: Counter[str] = Counter()
        """Why a watchpoint could not be set, and how often."""
        self._cover(Sharer(directory.tgid), self.words, self._same_process)
        self._mappings = self._mapped()

    @property
    def caller_lives(self) -> bool:
        """Whether the caller's process has not ended: after that its masks are nobody's."""
        return _has(self._directory, self._directory.tgid)

    def look_around(self) -> None:
        """Watch processes that share the words, if it is time to look for them again."""
        if time.monotonic() < self._next_scan:
            return
        deadline = time.monotonic() + SCAN_S
        try:
            for mapping, words in self._mappings.items():
                self._spread(mapping, words, deadline)
        except TimeoutError:
            self.refused[TOO_SLOW] = 1
        self._next_scan = time.monotonic() + RESCAN_S

    def close(self) -> None:
        """Take everything away again."""
        self._events.close()

    def _mapped(self) -> dict[Mapping | None, list[MaskWord]]:
        """Group the words by what holds them in the caller's memory."""
        grouped: dict[Mapping | None, list[MaskWord]] = {}
        try:
            mappings = read_maps(self._directory, self._reader)
        except EnrichmentError as error:
            self.refused[f"processes that share the mask were not looked for: {error}"] += 1
            return {None: list(self.words)}
        for one in self.words:
            grouped.setdefault(mappings.at(one.word.address), []).append(one)
        return grouped

    def _spread(self, mapping: Mapping | None, words: list[MaskWord], deadline: float) -> None:
        caller = self._directory.tgid
        for sharer in sharers(self._root, caller, mapping, self._reader, deadline):
            held = [one for one in words if sharer.has(one.word.address)]
            if sharer in self._sharers or not held:
                continue
            self._sharers.add(sharer)
            try:
                with ProcessDirectory(self._root, sharer.tgid) as directory:
                    self._cover(sharer, held, partial(_has, directory))
            except EnrichmentError:
                self.refused[CHANGED] += 1

    def _same_process(self, tid: int) -> bool:
        return _has(self._directory, tid)

    def _cover(
        self, sharer: Sharer, words: Iterable[MaskWord], still: Callable[[int], bool]
    ) -> None:
        """Watch words in every thread of a process; `still` says whether a thread is its own."""
        shifted = [(one, Word(one.word.address + sharer.shift, one.word.length)) for one in words]
        for one, word in shifted:
            self.spots[Spot(sharer.tgid, word.address)] = one
            try:
                self._program.expect(sharer.tgid, word)
            except AttachError as error:
                self.refused[f"writes from outside cannot be told: {error}"] += 1
            else:
                self._events.callback(self._program.expect_no_more, sharer.tgid, word)
        for _ in range(_ROUNDS):
            fresh = [
                (tid, word)
                for tid in self._tids(sharer.tgid)
                for _, word in shifted
                if (tid, word.address) not in self._tried
            ]
            for tid, word in fresh:
                self._set(tid, word, still)
            if not fresh:
                break

    def _set(self, tid: int, word: Word, still: Callable[[int], bool]) -> None:
        """Set one watchpoint; a refusal is counted and costs nothing else."""
        if self.events >= MOST_EVENTS:
            self.refused[TOO_MANY] = 1
            return
        self._tried.add((tid, word.address))
        try:
            event = self._program.watch(tid, word)
        except OSError as error:
            self.refused[refusal(error)] += 1
            return
        if still(tid):
            self._events.callback(os.close, event)
            self.events += 1
        else:  # the number became another task's before the watchpoint was set
            os.close(event)
            self.refused[refusal(OSError(errno.ESRCH, ""))] += 1

    def _tids(self, tgid: int) -> list[int]:
        try:
            return [int(tid) for tid in os.listdir(self._root / str(tgid) / "task")]  # noqa: PTH208
        except OSError:
            return []


def _has(directory: ProcessDirectory, tid: int) -> bool:
    """Whether a thread is one of the process that the directory was opened of."""
    try:
        os.stat(f"task/{tid}", dir_fd=directory.fileno())
    except OSError:
        return False
    return True
