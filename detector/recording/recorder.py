"""Records one run into a case: what a session tells, made into records."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from types import TracebackType
from typing import Self

from detector.judging.beginning import Beginning, Ending
from detector.model.observation import Observation
from detector.model.process import Process
from detector.model.process_change import ProcessChange
from detector.model.snapshot import Loss, Snapshot
from detector.recording.bounds import Bounds
from detector.recording.files import RecordingFiles
from detector.recording.folder import CaseFolder
from detector.recording.head import OnHead
from detector.recording.records import Answer, Closing, Header
from detector.recording.writer import Writer


class CaseRecorder:
    """Writes into a case from `begin` on; without an `end`, the recording says that it was cut."""

    def __init__(
        self,
        folder: CaseFolder,
        bounds: Bounds,
        header: Callable[[Beginning, int], Header],
        on_head: OnHead,
    ) -> None:
        """`header` makes the first record of the file of that number.

        `on_head` is told the head at each rotation and at the end (then with True), in the thread
        that writes.
        """
        self._folder = folder
        self._bounds = bounds
        self._header = header
        self._on_head = on_head
        self._writer: Writer | None = None

    def begin(self, beginning: Beginning) -> None:
        """Start to write."""
        self._writer = Writer(
            partial(
                RecordingFiles,
                self._folder,
                beginning.run,
                self._bounds,
                partial(self._header, beginning),
                self._on_head,
            )
        )

    def answer(self, call: int, process: Process) -> None:
        """Record who made a call."""
        self._begun.put(Answer(call, process))

    def item(self, item: Snapshot | Loss) -> None:
        """Record an item of the stream."""
        self._begun.put(item)

    def process(self, change: ProcessChange) -> None:
        """Record what a process did."""
        self._begun.put(change)

    def settle(self) -> dict[str, int]:
        """Write what is waiting; give what could not be recorded, by cause."""
        return self._begun.settle()

    def end(self, ending: Ending, observation: Observation) -> None:
        """Record the end, and close the recording."""
        self._begun.put(Closing(ending, observation))
        self._close()

    @property
    def _begun(self) -> Writer:
        assert self._writer is not None  # noqa: S101  (a session begins before all else)
        return self._writer

    def _close(self) -> None:
        writer, self._writer = self._writer, None
        if writer is not None:
            writer.close()

    def __enter__(self) -> Self:
        """Guard the thread."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close a recording that was not ended, without its end."""
        self._close()
