"""What is known of writers so far: filled by the watching thread, asked by the judging one."""

from __future__ import annotations

import threading
from collections import OrderedDict

import msgspec

from detector.model.judgement import JudgedCall
from detector.model.writer import Writer
from detector.writers.words import is_of

MOST_TOLD = 8
"""Writers that one finding names, those that wrote last first."""
MOST_TASKS = 1024
MOST_PROCESSES = 256
"""Of each, so many are remembered; the one that was met least recently goes first."""
MOST_WRITERS = 256
"""Of one process."""

Process = tuple[int, int]
"""tgid and start of the process in clock ticks: what tells apart who had a number."""
Task = tuple[int, int, int]
"""tgid, tid and start in ns."""


def task_of(call: JudgedCall) -> Task:
    """Give what tells the calling task apart."""
    return call.task.tgid, call.task.tid, call.task.start_ns


class Known:
    """Writers by the process whose memory they wrote."""

    def __init__(self) -> None:
        """Nobody is known."""
        self._lock = threading.Lock()
        self._processes: OrderedDict[Task, Process] = OrderedDict()
        self._writers: OrderedDict[Process, dict[object, Writer]] = OrderedDict()

    def meet(self, task: Task, process: Process) -> None:
        """Remember which process a suspected task is of."""
        with self._lock:
            self._processes[task] = process
            self._processes.move_to_end(task)
            if len(self._processes) > MOST_TASKS:
                self._processes.popitem(last=False)

    def add(self, process: Process, key: object, writer: Writer) -> None:
        """Remember a writer, in the place of what was known by the same key."""
        with self._lock:
            writers = self._writers.setdefault(process, {})
            self._writers.move_to_end(process)
            if key in writers or len(writers) < MOST_WRITERS:
                writers[key] = writer
            if len(self._writers) > MOST_PROCESSES:
                self._writers.popitem(last=False)

    def count(self, process: Process, key: object, hits: int, last_ns: int) -> None:
        """Say how often a known writer was seen by now."""
        with self._lock:
            writer = self._writers.get(process, {}).get(key)
            if writer is not None and writer.hits != hits:
                newer = msgspec.structs.replace(writer, hits=hits, last_ns=last_ns)
                self._writers[process][key] = newer

    def writers(self, call: JudgedCall) -> tuple[Writer, ...]:
        """Give who was seen to write the call's raced masks, who wrote last first.

        What the calling thread itself wrote is left out: while it was in the call it wrote
        nothing, and before it only prepared it.
        """
        raced = [argument for argument in call.arguments if argument.kind is not None]
        with self._lock:
            process = self._processes.get(task_of(call))
            all_of_it = () if process is None else tuple(self._writers.get(process, {}).values())
        found = [
            writer
            for writer in all_of_it
            if (writer.tgid, writer.tid, writer.start_ns) != task_of(call)
            and any(is_of(writer.address, argument) for argument in raced)
        ]
        found.sort(key=lambda writer: -writer.last_ns)
        return tuple(found[:MOST_TOLD])
