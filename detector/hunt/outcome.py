"""What became of one recording of a hunt."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class State(StrEnum):
    """How far a recording could be judged."""

    WHOLE = "whole"
    """All of it, and nothing was missed when it was taken."""
    INCOMPLETE = "incomplete"
    """All of it; a stage was missing or something was lost when it was taken."""
    UNOBSERVED = "unobserved"
    """All of it; nothing could be observed when it was taken."""
    BROKEN = "broken"
    """As far as it can be read."""
    UNREADABLE = "unreadable"
    """Not at all."""
    COPY = "copy"
    """Not a second time."""

    @property
    def aside(self) -> bool:
        """Whether nothing of the recording is judged."""
        return self in {State.UNREADABLE, State.COPY}

    @property
    def broken(self) -> bool:
        """Whether something of the recording cannot be read now."""
        return self in {State.BROKEN, State.UNREADABLE}


class Outcome(msgspec.Struct, frozen=True, kw_only=True, tag="recording", tag_field="type"):
    """One recording, judged or set aside. Texts have no lone surrogates, and are hostile."""

    recording: str
    """Its folder and run, or the file that is none."""
    state: State
    reason: str = ""
    """What it lacks, and why; and what else a reader must know."""
    host: str = ""
    boot_id: str = ""
    run: str = ""
    kernel: str = ""
    began_ns: int = 0
    """Wall time, ns since 1970, by the clock of its boot."""
    ended_ns: int = 0
    offset_ns: int = 0
    """Wall time minus CLOCK_BOOTTIME, of its boot."""
    error_ns: int = 0
    """All its wall times may be off by as much."""
    size: int = 0
    """Bytes of its files."""
    calls: int = 0
    """Calls that were judged, seen whole."""
    incomplete: int = 0
    """Calls that a part is missing of."""
    lost: int = 0
    """What was lost, of every cause, snapshots for the most part."""
    suppressed: int = 0
    """Findings that a rule's exception kept silent."""
