"""Joining who called to the snapshot that is sent next for the same call. Pure."""

from __future__ import annotations

from collections import OrderedDict

import msgspec

from detector.model.caller import Caller
from detector.model.snapshot import Snapshot

MOST = 1024
"""Callers that wait for a snapshot: each comes at once, or was lost."""


class Callers:
    """Callers by their call's number, until its next snapshot takes them."""

    def __init__(self) -> None:
        """Begin with none."""
        self._waiting: OrderedDict[int, Caller] = OrderedDict()

    def keep(self, call: int, caller: Caller) -> None:
        """Take who made the call of that number."""
        self._waiting[call] = caller
        if len(self._waiting) > MOST:
            self._waiting.popitem(last=False)

    def given(self, snapshot: Snapshot) -> Snapshot:
        """Give the snapshot with its caller, if that was told since the last one."""
        caller = self._waiting.pop(snapshot.call, None)
        return snapshot if caller is None else msgspec.structs.replace(snapshot, caller=caller)
