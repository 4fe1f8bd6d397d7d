"""Watching for writers, from the first suspicion on a task: the room's front door.

A thread of its own does all the work. Judging only hands it a call and takes what is known by
then, so nothing between the probes and the sinks waits for a name.
"""

from __future__ import annotations

import queue
import signal
import threading
import time
from collections import Counter
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Protocol, Self

import structlog

from detector.enrich.bounded import BoundedReader
from detector.enrich.namespaces import INITIAL_PID_INODE, own
from detector.enrich.procfs import ProcessDirectory
from detector.enrich.sighting import sight
from detector.errors import AttachError, EnrichmentError, ObservationError
from detector.model.judgement import JudgedCall
from detector.model.writer import Writer
from detector.writers.known import MOST_TASKS, Known, Process, task_of
from detector.writers.limits import HOLD_S, WORDS
from detector.writers.naming import Namer, writer_of
from detector.writers.program import WriterProgram
from detector.writers.watch import Watch, spot_of
from detector.writers.wire import Seen, Write
from detector.writers.words import MaskWord, mask_words

TURN_S = 0.05
"""How long the thread waits for suspicions before it looks at what was written."""
AGAIN_NS = 200_000_000
"""Calls of one task within this time (ns of their own time) are one suspicion."""
MOST_WAITING = 64
"""Suspicions that wait for the thread; more are left out and counted; the next race comes again."""
SIGHT_S = 0.5

ELSEWHERE = "writers: not watched for, as the tool is not in the initial pid namespace"
OCCUPIED = f"a mask was not watched, as {WORDS} words were watched already"
UNHEARD = f"suspicions were left out, as {MOST_WAITING} waited already"

log: structlog.stdlib.BoundLogger = structlog.get_logger()


class Watcher(Protocol):
    """Whoever is told of suspicions, and tells of writers."""

    def suspect(self, call: JudgedCall) -> tuple[Writer, ...]:
        """Take a call that has a kind; give who is known by now to write its masks."""


class NoWatcher:
    """Watches for nobody."""

    def suspect(self, call: JudgedCall) -> tuple[Writer, ...]:
        """Know nobody."""
        del call
        return ()


class _Active:
    """A watch that goes on, and whose it is."""

    def __init__(self, process: Process, watch: Watch, stack: ExitStack) -> None:
        self.process = process
        self.watch = watch
        self.until = time.monotonic() + HOLD_S
        self._stack = stack

    def has(self, write: Write) -> bool:
        """Whether it is of a word that this watches."""
        return spot_of(write) in self.watch.spots

    def close(self) -> None:
        """Take its watchpoints away."""
        self._stack.close()


class WriterWatcher:
    """Loaded by `open`, and at work from `start` until `close`."""

    def __init__(self, program: WriterProgram | None, reasons: tuple[str, ...], root: Path) -> None:
        """`program`: None where it could not be loaded; `reasons`: what cannot be seen, and why."""
        self._program = program
        self._root = root
        self._reader = BoundedReader()
        self._namer = Namer(root, self._reader)
        self._own = own(root)
        self._known = Known()
        self._waiting: queue.Queue[JudgedCall] = queue.Queue(MOST_WAITING)
        self._last: dict[tuple[int, int, int], int] = {}
        self._active: list[_Active] = []
        self._reasons = list(reasons)
        self._refused: Counter[str] = Counter()
        self._unheard = 0  # counted by the judging thread, as the other one has its own counts
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._work, name="toctrace-writers", daemon=True)

    @classmethod
    def open(cls, root: Path = Path("/proc")) -> Self:
        """Compile, load and attach what this needs; what is refused is told by `notes`."""
        if own(root).shown_pid != INITIAL_PID_INODE:
            return cls(None, (ELSEWHERE,), root)
        try:
            program = WriterProgram()
        except (ObservationError, AttachError) as error:
            return cls(None, (f"writers cannot be named: {error}",), root)
        return cls(program, tuple(program.refused), root)

    def __enter__(self) -> Self:
        """Guard the thread and the programs."""
        return self

    def __exit__(self, *_: object) -> None:
        """End both."""
        self.close()

    def start(self) -> None:
        """Begin to watch; threads inherit what capabilities the calling one has now."""
        for reason in self._reasons:
            log.warning("writers_unseen", reason=reason)
        if self._program is not None:
            self._thread.start()

    def suspect(self, call: JudgedCall) -> tuple[Writer, ...]:
        """Take a call that has a kind; give who is known by now to write its masks."""
        if self._program is None:
            return ()
        task = task_of(call)
        if call.began_ns - self._last.get(task, -AGAIN_NS) >= AGAIN_NS:
            if len(self._last) >= MOST_TASKS:
                self._last.clear()
            self._last[task] = call.began_ns
            try:
                self._waiting.put_nowait(call)
            except queue.Full:
                self._unheard += 1
        return self._known.writers(call)

    def notes(self) -> tuple[str, ...]:
        """Say for the observation what could not be watched, and why."""
        losses = {} if self._program is None else self._program.losses()
        counted = [f"writers: {why} ({count:,} times)" for why, count in self._refused.items()]
        lost = [f"writers: {count:,} {what}" for what, count in losses.items()]
        if self._unheard:
            lost.append(f"writers: {self._unheard:,} {UNHEARD}")
        return (*self._reasons, *counted, *lost)

    def finish(self) -> None:
        """End the thread and let every word go; `notes` is still to be asked."""
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join()

    def close(self) -> None:
        """End everything; a second time does nothing."""
        self.finish()
        program, self._program = self._program, None
        if program is not None:
            program.close()

    def _work(self) -> None:
        assert self._program is not None  # noqa: S101  (else it is not started)
        signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())  # they are the main one's
        program = self._program
        try:
            while not self._ended.is_set():
                with suppress(queue.Empty):
                    self._begin(program, self._waiting.get(timeout=TURN_S))
                self._take(program)
                self._go_on(program)
        finally:
            for active in self._active:  # what is still to be named comes after the last finding
                self._end(active)

    def _begin(self, program: WriterProgram, call: JudgedCall) -> None:
        """Watch what of the call's words is not watched yet, if there is room."""
        with ExitStack() as stack:
            deadline = time.monotonic() + SIGHT_S
            seen = sight(call, None, self._own, self._root, deadline=deadline, stack=stack)
            try:
                directory = seen.held()
                process = directory.tgid, directory.stat().start_ticks
            except EnrichmentError as error:
                self._refused[f"the caller could not be watched: {error}"] += 1
                return
            self._known.meet(task_of(call), process)
            words = self._unwatched(process, call)
            room = WORDS - sum(len(active.watch.words) for active in self._active)
            if len(words) > room:
                self._refused[OCCUPIED] += 1
            if not words[:room]:
                return
            self._watch(program, process, words[:room], directory, stack)

    def _unwatched(self, process: Process, call: JudgedCall) -> tuple[MaskWord, ...]:
        """Give the words that nobody is known to write, and that are not watched."""
        watched = {
            one.word
            for active in self._active
            if active.process == process
            for one in active.watch.words
        }
        known = {writer.address for writer in self._known.writers(call)}
        return tuple(
            one
            for one in mask_words(call)[:WORDS]
            if one.word not in watched and one.word.address not in known
        )

    def _watch(
        self,
        program: WriterProgram,
        process: Process,
        words: tuple[MaskWord, ...],
        directory: ProcessDirectory,
        stack: ExitStack,
    ) -> None:
        watch = Watch(program, directory, words, self._root, self._reader)
        stack.callback(watch.close)
        self._active.append(_Active(process, watch, stack.pop_all()))
        log.info(
            "mask_watched",
            pid=process[0],
            words=[f"{one.argument}:{one.word.address:#x}" for one in words],
            watchpoints=watch.events,
            seconds=HOLD_S,
        )

    def _take(self, program: WriterProgram) -> None:
        """Name who was seen to write since the last time, and say how often everyone was."""
        if not self._active:
            return
        for seen in program.seen():
            self._name(program, seen)
        for write, (hits, last_ns) in program.hits().items():
            for active in self._active:
                if active.has(write):
                    self._known.count(active.process, write, hits, last_ns)

    def _name(self, program: WriterProgram, seen: Seen) -> None:
        """Say who wrote, to every watch that the word is of, and how often up to then."""
        concerned = [active for active in self._active if active.has(seen.write)]
        if not concerned:
            return
        code = self._namer.code(seen)  # takes a while, and the writer goes on
        hits, last_ns = program.hits().get(seen.write, (1, seen.time_ns))
        for active in concerned:
            one = active.watch.spots[spot_of(seen.write)]
            writer = writer_of(seen, one, code, hits=hits, last_ns=last_ns)
            self._known.add(active.process, seen.write, writer)

    def _go_on(self, program: WriterProgram) -> None:
        """Look for more who share the words; let go what was watched long enough."""
        now = time.monotonic()
        for active in list(self._active):
            if active.until <= now or not active.watch.caller_lives:
                self._release(program, active)
        for active in self._active:
            active.watch.look_around()

    def _release(self, program: WriterProgram, active: _Active) -> None:
        """Let the words of a watch go, and then take what was still seen of them.

        The kernel tells of each way to write a word once. A watch of the same word that comes
        later must be told again, so what this one was told is forgotten.
        """
        self._end(active)
        self._take(program)
        self._active.remove(active)
        program.forget(write for write in program.hits() if active.has(write))

    def _end(self, active: _Active) -> None:
        active.close()
        self._refused.update(active.watch.refused)
