"""The programs of bpf/writer.bpf.c, loaded and at their places, for one thread at a time."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from detector.capture.bcc_program import Program
from detector.capture.fields import NOWHERE, kernel_fields
from detector.errors import AttachError, ObservationError
from detector.model.writer import Way
from detector.resources import bpf_file
from detector.writers.limits import WORDS
from detector.writers.perf_event import Word, watch_word
from detector.writers.wire import (
    Seen,
    Write,
    WriterCounter,
    decode_hits,
    decode_write,
    decode_writer,
    encode_watched,
    encode_write,
)

RING_PAGES = 64
"""Room for about 700 writers between two readings."""

FIELDS = (("mm_struct", "owner"),)
"""Fields that are read of kernel structures beside those that every program reads."""

PROBES: tuple[tuple[tuple[Way, ...], str, tuple[str, ...]], ...] = (
    ((Way.PROC_MEM, Way.PTRACE), "remote_access", ("__access_remote_vm",)),
    (
        (Way.PROCESS_VM_WRITEV,),
        "remote_vectors",
        ("process_vm_rw_core", "process_vm_rw_core.constprop.0"),
    ),
    ((Way.PROCESS_VM_WRITEV,), "remote_pages", ("pin_user_pages_remote",)),
)
"""What each probe is for, its program, and the symbols that are tried: mm/memory.c,
mm/process_vm_access.c, mm/gup.c."""

NO_OWNER = "this kernel does not tell whose memory it is: it has no CONFIG_MEMCG"

_FULL = {
    WriterCounter.WRITES_FULL: "writes found no room to be told apart",
    WriterCounter.RING_FULL: "writers found no room in the ring buffer",
}


class WriterProgram:
    """Loaded and attached; nothing is watched until it is said what."""

    def __init__(self) -> None:
        """Compile, load and attach. Raises ObservationError, AttachError where nothing works."""
        fields = kernel_fields(more=FIELDS)
        if not fields["TOCTRACE_TASK_PT_REGS"]:
            raise ObservationError(
                "this kernel does not tell a program which system call a task is in (before 5.15)"
            )
        self._program = Program(
            bpf_file("writer.bpf.c"), {"TOCTRACE_WRITER_RING_PAGES": RING_PAGES, **fields}
        )
        self._seen: list[Seen] = []
        self._expected: dict[int, dict[int, int]] = {}
        self._expecting: Counter[tuple[int, int]] = Counter()
        """By process and address: how many watches expect writes there."""
        self.refused: list[str] = []
        """What cannot be seen for want of a probe, for a person."""
        try:
            self._watchpoint = self._program.perf_event("watchpoint")
            self._program.open_ring("writers", self._receive)
            self._attach_all(known_owner=fields["MM_STRUCT__OWNER"] != NOWHERE)
        except BaseException:
            self.close()
            raise

    def _attach_all(self, *, known_owner: bool) -> None:
        """Attach all probes; whose memory is written, they know by the memory's owner alone."""
        refused: dict[str, str] = {}
        for ways, program, symbols in PROBES:
            reason = self._attach(program, symbols) if known_owner else NO_OWNER
            if reason:
                refused.setdefault(" and ".join(ways), reason)
        self.refused += [
            f"writers by {ways} cannot be seen ({why})" for ways, why in refused.items()
        ]

    def _attach(self, program: str, symbols: tuple[str, ...]) -> str:
        """Attach at the first of the symbols that is there; else say why at none."""
        reasons = []
        for symbol in symbols:
            try:
                self._program.attach_kprobe(symbol, program)
            except AttachError as error:
                reasons.append(str(error))
            else:
                return ""
        return "; ".join(reasons)

    def watch(self, tid: int, word: Word) -> int:
        """Put a watchpoint on a word in one thread; give its descriptor. Raises OSError."""
        return watch_word(tid, word, self._watchpoint)

    def expect(self, owner: int, word: Word) -> None:
        """Name a word of a process for writes from outside. Raises AttachError for want of room."""
        words = self._expected.setdefault(owner, {})
        if word.address not in words and len(words) == WORDS:
            raise AttachError(f"process {owner}: {WORDS} words of it are watched already")
        words[word.address] = word.length
        self._expecting[owner, word.address] += 1
        self._program.write("watched", _key(owner), encode_watched(words))

    def expect_no_more(self, owner: int, word: Word) -> None:
        """Take back a word that was named; another watch may expect writes there, too."""
        self._expecting[owner, word.address] -= 1
        if self._expecting[owner, word.address]:
            return
        del self._expecting[owner, word.address]
        words = self._expected[owner]
        del words[word.address]
        if words:
            self._program.write("watched", _key(owner), encode_watched(words))
        else:
            del self._expected[owner]
            self._program.delete("watched", _key(owner))

    def seen(self) -> list[Seen]:
        """Give the writes that were seen for the first time since the last call."""
        self._program.drain()
        seen, self._seen = self._seen, []
        return seen

    def hits(self) -> dict[Write, tuple[int, int]]:
        """Give how often each write was seen, and when last."""
        return {
            decode_write(key): decode_hits(value) for key, value in self._program.items("writes")
        }

    def forget(self, writes: Iterable[Write]) -> None:
        """Make room for others; one that comes again is told of again, as the first of its kind."""
        for write in writes:
            self._program.delete("writes", encode_write(write))

    def losses(self) -> dict[str, int]:
        """Give what could not be told, by what it is."""
        counted = self._program.sums("counters")
        return {what: counted[counter] for counter, what in _FULL.items() if counted[counter]}

    def close(self) -> None:
        """Detach everything and free the maps."""
        self._program.close()

    def _receive(self, record: bytes) -> None:
        self._seen.append(decode_writer(record))


def _key(owner: int) -> bytes:
    return owner.to_bytes(4, "little")
