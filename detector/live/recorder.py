"""What a session tells whoever records it; by default nobody does."""

from __future__ import annotations

from typing import Protocol

from detector.judging.beginning import Beginning, Ending
from detector.model.observation import Observation
from detector.model.process import Process
from detector.model.process_change import ProcessChange
from detector.model.snapshot import Loss, Snapshot


class Recorder(Protocol):
    """Takes everything that a replay needs, in order, and never makes the session wait for it."""

    def begin(self, beginning: Beginning) -> None:
        """Watching is armed and proved."""

    def answer(self, call: int, process: Process) -> None:
        """Who made the call of that number: told before the item that completes the call."""

    def item(self, item: Snapshot | Loss) -> None:
        """One item of the stream, in its place."""

    def process(self, change: ProcessChange) -> None:
        """What a process did, before the items of the calls that it made after that."""

    def settle(self) -> dict[str, int]:
        """Write what is waiting; give what could not be recorded, by cause."""

    def end(self, ending: Ending, observation: Observation) -> None:
        """Watching has ended, and this was said of it."""


class Unrecorded:
    """Takes nothing."""

    def begin(self, beginning: Beginning) -> None:
        """Do nothing."""

    def answer(self, call: int, process: Process) -> None:
        """Do nothing."""

    def item(self, item: Snapshot | Loss) -> None:
        """Do nothing."""

    def process(self, change: ProcessChange) -> None:
        """Do nothing."""

    def settle(self) -> dict[str, int]:
        """Lose nothing."""
        return {}

    def end(self, ending: Ending, observation: Observation) -> None:
        """Do nothing."""
