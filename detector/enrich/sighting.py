"""One call's process as it can be seen now: opened, and proven to be the one meant."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from detector.enrich.namespaces import visible
from detector.enrich.procfs import NS_PER_TICK, ProcessDirectory
from detector.errors import EnrichmentError
from detector.judging.named import name_of

if TYPE_CHECKING:
    from contextlib import ExitStack
    from pathlib import Path

    from detector.enrich.namespaces import Namespaces
    from detector.enrich.processes import Life
    from detector.model.judgement import JudgedCall
    from detector.model.snapshot import Task

REUSED = "another process has its number now"
NOT_THE_SAME = "the task ran another program, or changed its name, since the call"


@dataclass(frozen=True, slots=True)
class Sighting:
    """What there is to look at for one call."""

    call: JudgedCall
    deadline: float
    """time.monotonic(), s."""
    life: Life | None
    """What the table knows of the process."""
    directory: ProcessDirectory | None
    gone: str
    """Why there is no directory; empty where there is."""
    root: Path
    """/proc."""

    @property
    def task(self) -> Task:
        """The calling task."""
        return self.call.task

    def left(self) -> float:
        """Give the seconds until the deadline, 0 after it."""
        return max(self.deadline - time.monotonic(), 0.0)

    def held(self) -> ProcessDirectory:
        """Give the process' directory; raise EnrichmentError where there is none."""
        if self.directory is None:
            raise EnrichmentError(self.gone)
        return self.directory

    def unchanged(self) -> ProcessDirectory:
        """Give it if the process runs the program that made the call; raise EnrichmentError."""
        directory = self.held()
        if self.life is not None and self.life.certain_until_ns is None:
            # every execve since its fork, or since the tool's start, was told, but for one that is
            # being told: its executable and comm are there first (fs/exec.c: begin_new_exec)
            changed = any(image.since_ns > self.call.began_ns for image in self.life.images) or (
                self._runs_another(self.life, directory)
                and directory.thread_comm() != self.task.comm
            )
        else:
            changed = directory.thread_comm() != self.task.comm
        if changed:
            raise EnrichmentError(NOT_THE_SAME)
        return directory

    def _runs_another(self, life: Life, directory: ProcessDirectory) -> bool:
        """Whether its executable has another path now; a file that was renamed has, too."""
        image = life.image_at(self.call.began_ns)
        return (
            image is not None
            and image.executable is not None
            and name_of(image.executable) != name_of(directory.executable())
        )


def is_of(start_ticks: int, task: Task) -> bool:
    """Whether a process that began then is the task's: its leader began with it, others later."""
    ticks = task.start_ns // NS_PER_TICK
    return start_ticks == ticks if task.tid == task.tgid else start_ticks <= ticks


def sight(
    call: JudgedCall,
    life: Life | None,
    own: Namespaces,
    root: Path,
    *,
    deadline: float,
    stack: ExitStack,
) -> Sighting:
    """Open the process of `call` below `root`, to be closed by `stack`; never raises for it."""
    task = call.task
    try:
        ids = visible(task, own, root, max(deadline - time.monotonic(), 0.0))
        directory = stack.enter_context(ProcessDirectory(root, ids.tgid, ids.tid))
        if is_of(directory.stat().start_ticks, task):
            return Sighting(call, deadline, life, directory, "", root)
        gone = REUSED
    except EnrichmentError as error:
        gone = str(error)
    return Sighting(call, deadline, life, None, gone, root)
