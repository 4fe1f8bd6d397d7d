"""How fast records become snapshots, and snapshots judged calls."""

from __future__ import annotations

import struct
import time
from collections.abc import Callable
from typing import TypeVar

import msgspec

from detector.capture.decode import decode
from detector.capture.wire import CONTENT, CPUSET, SNAPSHOT, VERSION, WireStage
from detector.correlate.correlator import correlate
from detector.model.stage import LADDER

_Result = TypeVar("_Result")

OLD_NODES, NEW_NODES = 2, 3
SHAPE = (
    (WireStage.ENTRY, (OLD_NODES, NEW_NODES)),
    (WireStage.COPY, (OLD_NODES, CPUSET)),
    (WireStage.COPY, (NEW_NODES, CPUSET)),
    (WireStage.USE, (OLD_NODES, NEW_NODES, CPUSET)),
    (WireStage.EXIT, (OLD_NODES, NEW_NODES)),
)
"""The snapshots of one honest call, with what each of them holds."""


class Rates(msgspec.Struct, frozen=True, kw_only=True):
    """Seconds for the same snapshots."""

    snapshots: int
    decoding: float
    judging: float


def measure_judging(calls: int) -> Rates:
    """Decode and judge the records of honest calls, once."""
    records = [
        _record(call, sequence, stage, arguments)
        for call in range(1, calls + 1)
        for sequence, (stage, arguments) in enumerate(SHAPE)
    ]
    decoding, snapshots = _timed(lambda: list(map(decode, records)))
    judging, _ = _timed(lambda: list(correlate(snapshots, armed=frozenset(LADDER))))
    return Rates(snapshots=len(records), decoding=decoding, judging=judging)


def _record(call: int, sequence: int, stage: WireStage, arguments: tuple[int, ...]) -> bytes:
    """Make one record as the kernel would."""
    head = struct.pack(
        SNAPSHOT.format,
        *(VERSION, stage, 1, 1, len(arguments), 0, 0, call, call * 1000 + sequence, 0),
        *(0, 65, 4096, 8192, 0, 0, call % 64 + 1, 1, 1, sequence, 0),
        *(1, 1, 1, 1, 1, 0, 0, 0, b"bench"),
    )
    mask = b"\1".ljust(128, b"\0")
    return head + b"".join(
        struct.pack(CONTENT.format, 4096, 64, 8, 8, 0, 0, argument, 0, 8, 0, mask)
        for argument in arguments
    )


def _timed(work: Callable[[], _Result]) -> tuple[float, _Result]:
    began = time.perf_counter()
    result = work()
    return time.perf_counter() - began, result
