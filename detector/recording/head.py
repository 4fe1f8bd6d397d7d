"""Heads that go out while a recording is written, and heads as a person gives them back."""

from __future__ import annotations

import re
from typing import Protocol

from detector.model.head import Head
from detector.recording.names import SegmentName

_WRITTEN = re.compile(r"(?:(?P<run>[0-9a-f]{1,64}):)?(?P<count>[0-9]{1,18}):(?P<hash>[0-9a-f]{64})")


class OnHead(Protocol):
    """Is told the head at each rotation, and at the end."""

    def __call__(self, *, head: Head, name: SegmentName, last: bool) -> None:
        """Take it; `name`: the file that it closes; `last`: whether the recording ends there."""


def parse_head(text: str) -> Head | None:
    """Read `[RUN:]COUNT:HASH`; None: it is something else."""
    found = _WRITTEN.fullmatch(text.strip())
    if found is None:
        return None
    return Head(found["run"] or "", int(found["count"]), bytes.fromhex(found["hash"]))
