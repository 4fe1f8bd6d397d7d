"""What a recording holds, record by record."""

from __future__ import annotations

import msgspec

from detector.judging.beginning import Beginning, Ending
from detector.model.observation import Observation
from detector.model.process import Process
from detector.model.process_change import ProcessChange
from detector.model.snapshot import Loss, Snapshot


class Header(msgspec.Struct, frozen=True, kw_only=True):
    """The first record of every file: whose recording it is, and how it was taken."""

    segment: int
    """1 for a recording's first file, counting on."""
    opened_unix_ns: int
    """Wall time when the file was begun."""
    offset_now_ns: int
    """Wall time minus CLOCK_BOOTTIME then: apart from `beginning.offset_ns` as the wall clock was
    set since."""
    offset_error_ns: int = 0
    """By so much `offset_now_ns` may be wrong, as the clocks are read one after the other."""
    clock: str = "CLOCK_BOOTTIME"
    """What every time in the recording is read from, unless it says that it is wall time."""
    tool: str
    """The tool's version."""
    rules: dict[str, str]
    """The rules that the run began with, by id: what tells their versions, the file's SHA-256."""
    host: str
    boot_id: str
    """/proc/sys/kernel/random/boot_id."""
    machine: str
    """As uname -m gives it."""
    nodes: str
    """Online NUMA nodes, in the kernel's list format; empty where it does not say."""
    cpus_allowed: str
    """The tool's own, from /proc/self/status, in the kernel's list format."""
    mems_allowed: str
    """The same, of nodes."""
    beginning: Beginning


class Answer(msgspec.Struct, frozen=True):
    """Who made a call that has a kind: what was asked and answered while it could be."""

    call: int
    process: Process


class Dropped(msgspec.Struct, frozen=True):
    """The oldest files of this recording were deleted, to stay below its bound on disk use."""

    segments: int
    """Files deleted since the recording began."""
    blocks: int
    """Blocks that were in them: what is left begins at the next one."""


class Closing(msgspec.Struct, frozen=True):
    """The last record of a recording that came to its end, and what was said then."""

    ending: Ending
    observation: Observation


Record = Header | Snapshot | Loss | ProcessChange | Answer | Dropped | Closing


class _Header(msgspec.Struct, frozen=True, array_like=True, tag="header"):
    body: Header


class _Snapshot(msgspec.Struct, frozen=True, array_like=True, tag="snapshot"):
    body: Snapshot


class _Loss(msgspec.Struct, frozen=True, array_like=True, tag="loss"):
    body: Loss


class _Process(msgspec.Struct, frozen=True, array_like=True, tag="process"):
    body: ProcessChange


class _Answer(msgspec.Struct, frozen=True, array_like=True, tag="answer"):
    body: Answer


class _Dropped(msgspec.Struct, frozen=True, array_like=True, tag="dropped"):
    body: Dropped


class _Closing(msgspec.Struct, frozen=True, array_like=True, tag="closing"):
    body: Closing


Tagged = _Header | _Snapshot | _Loss | _Process | _Answer | _Dropped | _Closing
"""A record as it is written: an array of its word and its fields."""

TAGGED: dict[type, type] = {
    Header: _Header,
    Snapshot: _Snapshot,
    Loss: _Loss,
    ProcessChange: _Process,
    Answer: _Answer,
    Dropped: _Dropped,
    Closing: _Closing,
}
