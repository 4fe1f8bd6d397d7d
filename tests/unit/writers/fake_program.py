"""A program that sets no watchpoints, and says what it is told to have seen."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from detector.errors import AttachError
from detector.writers.perf_event import Word
from detector.writers.wire import Seen, Write


class FakeProgram:
    """In the place of WriterProgram: a watchpoint is a descriptor of /dev/null."""

    def __init__(self, *, refuses: int = 0, room: int = 64) -> None:
        """`refuses`: errno of every watchpoint; `room`: words that can be expected."""
        self.refuses = refuses
        self.room = room
        self.watched: dict[int, tuple[int, Word]] = {}
        """Thread and word by descriptor; one that was closed stays."""
        self.expected: set[tuple[int, Word]] = set()
        self.coming: list[Seen] = []
        self.last_moment: list[Seen] = []
        """What is seen only once no word is expected any more: as its watch was ended."""
        self.counted: dict[Write, tuple[int, int]] = {}
        self.refused: list[str] = []
        self.closed = False

    @property
    def open_watchpoints(self) -> set[tuple[int, Word]]:
        """What is watched now."""
        return {what for number, what in self.watched.items() if _is_open(number)}

    def watch(self, tid: int, word: Word) -> int:
        if self.refuses:
            raise OSError(self.refuses, os.strerror(self.refuses))
        descriptor = os.open(os.devnull, os.O_RDONLY)
        self.watched[descriptor] = (tid, word)
        return descriptor

    def expect(self, owner: int, word: Word) -> None:
        if len(self.expected) >= self.room:
            raise AttachError("no room")
        self.expected.add((owner, word))

    def expect_no_more(self, owner: int, word: Word) -> None:
        self.expected.discard((owner, word))

    def seen(self) -> list[Seen]:
        coming, self.coming = self.coming, []
        if not self.expected and self.last_moment:
            coming += self.last_moment
            self.counted |= dict.fromkeys((one.write for one in self.last_moment), (1, 1))
            self.last_moment = []
        return coming

    def hits(self) -> dict[Write, tuple[int, int]]:
        return dict(self.counted)

    def forget(self, writes: Iterable[Write]) -> None:
        for write in list(writes):
            del self.counted[write]

    def losses(self) -> dict[str, int]:
        return {}

    def close(self) -> None:
        self.closed = True


def _is_open(descriptor: int) -> bool:
    with suppress(FileNotFoundError):
        return Path(f"/proc/self/fd/{descriptor}").readlink() == Path(os.devnull)
    return False
