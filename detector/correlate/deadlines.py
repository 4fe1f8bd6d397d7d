"""Calls that are waited for only until the stream has moved on by the window."""

from __future__ import annotations

import heapq

_SLACK = 64
"""Stale heap entries that are not worth a rebuild."""


class Deadlines:
    """Times after which calls are waited for no longer; memory is bounded by the calls waiting."""

    def __init__(self) -> None:
        """Begin with nothing waited for."""
        self._times: dict[int, int] = {}
        self._heap: list[tuple[int, int]] = []

    def __len__(self) -> int:
        """Count the calls that are waited for."""
        return len(self._times)

    def add(self, call: int, time_ns: int) -> None:
        """Wait for `call` until `time_ns`, or until an earlier time that it already has."""
        known = self._times.get(call)
        if known is not None and known <= time_ns:
            return
        self._times[call] = time_ns
        heapq.heappush(self._heap, (time_ns, call))

    def discard(self, call: int) -> None:
        """Wait no longer for `call`, whether or not it was waited for."""
        if self._times.pop(call, None) is None:
            return
        # Discarded entries stay in the heap; a rebuild now and then keeps them bounded.
        if len(self._heap) > 2 * len(self._times) + _SLACK:
            self._heap = [(time, call) for call, time in self._times.items()]
            heapq.heapify(self._heap)

    def passed(self, now_ns: int) -> list[int]:
        """Take out the calls whose time is before `now_ns`, earliest first."""
        due = []
        while self._heap and self._heap[0][0] < now_ns:
            time_ns, call = heapq.heappop(self._heap)
            if self._times.get(call) == time_ns:
                del self._times[call]
                due.append(call)
        return due
