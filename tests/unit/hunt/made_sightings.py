"""Findings and outcomes that never were, for what counts and shows them."""

from __future__ import annotations

from typing import Any

import msgspec

from detector.hunt.clock import Clock
from detector.hunt.outcome import Outcome, State
from detector.hunt.plan import Job
from detector.hunt.sighting import Sighting, sighting
from tests.unit.samples import findings

SECOND = 1_000_000_000
AT = 1_764_000_000 * SECOND
JOB = Job(
    recording="/cases/a/7d1f0a4c",
    run="7d1f0a4c",
    host="build-17",
    boot="0f6a1c52",
    files=(),
    size=100,
    header=None,
    clock=Clock(AT, 5),
)


FOUND = findings()


def seen(name: str = "race", **changes: Any) -> Sighting:
    """Make one finding."""
    return msgspec.structs.replace(sighting(FOUND[name], JOB), **changes)


def judged(**changes: Any) -> Outcome:
    """Make one outcome."""
    whole = Outcome(
        recording=JOB.recording,
        state=State.WHOLE,
        host=JOB.host,
        boot_id=JOB.boot,
        run=JOB.run,
        kernel="6.12.117+deb12-amd64",
        began_ns=AT,
        ended_ns=AT + 60 * SECOND,
        offset_ns=AT,
        error_ns=5,
        size=100,
        calls=40,
    )
    return msgspec.structs.replace(whole, **changes)
