"""The local engine: every core of this machine, a bounded memory, and nothing to install.

Each process judges a group at a time, block by block, and writes what it finds to a file of its
own, so that no process ever holds the findings of a recording, nor this one those of a group.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import tempfile
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Executor, Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from itertools import chain
from pathlib import Path

from detector.errors import UsageError
from detector.hunt.found_files import find_files
from detector.hunt.header_facts import header_facts
from detector.hunt.judging import Record, judge_group
from detector.hunt.plan import FileFacts, Group, JobFile, Plan, make_plan
from detector.hunt.question import Question, read_question
from detector.hunt.wire import read_records, write_records
from detector.recording.chain import header_of
from detector.recording.names import parse_name
from detector.recording.reading import Block, Gap, read_file

AHEAD = 2
"""Groups that wait for each process: what is found is taken in order, and never piles up."""
_LOOKED_AT_ONCE = 32
"""Files whose headers one process reads before it says so."""


@contextmanager
def local_engine(processes: int | None = None) -> Iterator[LocalEngine]:
    """Start the processes, as many as there are cores that this one may use.

    Raises UsageError when one of them was killed, as it is when memory runs out.
    """
    count = processes or len(os.sched_getaffinity(0))
    # forked from a process that runs no threads and has imported nothing of the caller's
    context = multiprocessing.get_context("forkserver")
    with tempfile.TemporaryDirectory(prefix="toctrace-hunt-") as folder:
        pool = ProcessPoolExecutor(count, context, initializer=_live_for_the_parent)
        try:
            yield LocalEngine(pool, count, Path(folder))
        except BrokenProcessPool:
            raise UsageError(
                "hunt: a process that judged was killed, perhaps for want of memory: "
                "free some, or hunt through fewer recordings at once"
            ) from None
        finally:
            pool.shutdown(cancel_futures=True)


class LocalEngine:
    """Plans a hunt through files of this machine, and judges them."""

    def __init__(self, pool: Executor, processes: int, folder: Path) -> None:
        """`folder`: where findings wait for their turn."""
        self._pool = pool
        self._processes = processes
        self._folder = folder

    def plan(self, paths: Iterable[str]) -> Plan:
        """Look at every file. Raises UsageError for a path that holds no recording."""
        refused: list[FileFacts] = []
        files = find_files(paths, lambda error: refused.append(_refused(error)))
        facts = self._pool.map(file_facts, files, chunksize=_LOOKED_AT_ONCE)
        return make_plan([*facts, *refused])

    def judge(self, plan: Plan, question: Question) -> Iterator[Record]:
        """Judge every group; give what was found group by group, in the plan's order."""
        waiting: deque[tuple[Future[None], Path]] = deque()
        yield from plan.set_aside
        for number, group in enumerate(plan.groups):
            file = self._folder / str(number)
            waiting.append((self._pool.submit(judge_into, file, group, question), file))
            if len(waiting) > self._processes * AHEAD:
                yield from _taken(*waiting.popleft())
        yield from chain.from_iterable(_taken(*one) for one in waiting)


def file_facts(path: Path) -> FileFacts:
    """Look at one file: its size, and what it begins with."""
    name = parse_name(path.name)
    header = header_of(name.run, read_file(path)) if name else None
    try:
        size = path.stat().st_size
    except OSError:  # reading it says why
        size = 0
    return FileFacts(str(path), size, name, header_facts(header) if header else None)


def _refused(error: OSError) -> FileFacts:
    return FileFacts(str(error.filename), 0, None, None, f"it cannot be read: {error.strerror}")


def _live_for_the_parent() -> None:
    """Leave the terminal's ^C to the process that asked for the work, and end when it is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_the_parent, daemon=True).start()


def _end_with_the_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def judge_into(file: Path, group: Group, question: Question) -> None:
    """Judge one group into a file: what a process does. Raises OSError."""
    with file.open("xb") as opened:
        write_records(opened, judge_group(group, _read, read_question(question)))


def _read(file: JobFile) -> Iterator[Block | Gap]:
    return read_file(Path(file.place))


def _taken(judged: Future[None], file: Path) -> Iterator[Record]:
    judged.result()
    with file.open("rb") as opened:
        yield from read_records(opened)
    file.unlink()
