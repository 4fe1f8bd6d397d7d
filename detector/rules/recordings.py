"""What a rule carries to prove itself: snapshots of real calls that must, or must not, fire.

`recordings/<rule's id>/fires-<name>.jsonl` and `silent-<name>.jsonl` beside the rules: a head, then
snapshots and losses in the order in which they came, and what was known of each raced call's
process. scripts/rule-recordings takes them from a running kernel.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Literal

import msgspec

from detector.model.process import Process
from detector.model.snapshot import Loss, Snapshot
from detector.model.stage import Stage


class Outcome(StrEnum):
    """What a rule must make of a recording; the beginning of its file's name."""

    FIRES = "fires"
    SILENT = "silent"


class Head(
    msgspec.Struct, frozen=True, kw_only=True, tag="rule-recording", forbid_unknown_fields=True
):
    """The first line."""

    schema: Literal[1] = 1
    scenario: str
    """What was played."""
    kernel: str
    armed: tuple[Stage, ...]
    expected: int
    """Findings that the rule must make of it; 0 in a recording that must be silent."""


class Taken(msgspec.Struct, frozen=True, tag="snapshot", forbid_unknown_fields=True):
    """One snapshot."""

    snapshot: Snapshot


class Gone(msgspec.Struct, frozen=True, tag="loss", forbid_unknown_fields=True):
    """Snapshots that were lost here."""

    loss: Loss


class Caller(msgspec.Struct, frozen=True, tag="process", forbid_unknown_fields=True):
    """Who made one of the calls."""

    call: int
    process: Process


Line = Head | Taken | Gone | Caller
"""What a line can be."""

_DECODER = msgspec.json.Decoder(Line)


class RuleRecording(msgspec.Struct, frozen=True, kw_only=True):
    """A whole recording."""

    head: Head
    items: tuple[Snapshot | Loss, ...]
    processes: dict[int, Process]
    """By the call's number."""


class RecordingError(ValueError):
    """A recording is broken; the text names the line and what is wrong with it."""


def write_recording(recording: RuleRecording) -> bytes:
    """Write a recording as JSON Lines."""
    lines: list[Line] = [recording.head]
    lines += [
        Gone(loss=item) if isinstance(item, Loss) else Taken(snapshot=item)
        for item in recording.items
    ]
    lines += [Caller(call, process) for call, process in recording.processes.items()]
    return b"".join(msgspec.json.encode(line) + b"\n" for line in lines)


def read_recording(lines: Iterable[bytes]) -> RuleRecording:
    """Read a recording. Raises RecordingError for anything that `write_recording` cannot write."""
    heads: list[Head] = []
    items: list[Snapshot | Loss] = []
    processes: dict[int, Process] = {}
    number = 0
    for number, text in enumerate(lines, start=1):
        try:
            line = _DECODER.decode(text)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise RecordingError(f"line {number}: {error}") from None
        if isinstance(line, Head) is not (number == 1):
            raise RecordingError(f"line {number}: a recording has one head, its first line")
        match line:
            case Head():
                heads.append(line)
            case Taken():
                items.append(line.snapshot)
            case Gone():
                items.append(line.loss)
            case Caller():
                processes[line.call] = line.process
    if not heads or not items:
        raise RecordingError(f"line {number}: the recording ends before its first snapshot")
    return RuleRecording(head=heads[0], items=tuple(items), processes=processes)
