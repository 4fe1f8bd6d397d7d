"""Reads that the watched process could hold back for ever, with a bound on the wait.

/proc/PID/cmdline, maps and smaps take the process' mmap_lock. A process can keep that lock busy
for as long as it likes (a page fault on a FUSE mapping of its own, with a writer queued behind
it), so these reads run on a thread that can be left behind. The wait is killable: a thread left
behind never keeps the tool from exiting.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, TypeVar

from detector.errors import EnrichmentError, ToctraceError

if TYPE_CHECKING:
    import io
    from collections.abc import Callable

Result = TypeVar("Result")

STUCK_BOUND = 4
"""So many threads may be left behind at once; then nothing more is read until one returns."""


class NotBegunError(EnrichmentError):
    """There is no time left, or too many reads are held back already."""


class BoundedReader:
    """Works on short-lived daemon threads, never waiting longer than asked."""

    def __init__(self, stuck_bound: int = STUCK_BOUND) -> None:
        """Nothing runs until `read` is called, and nothing after it unless a read is stuck."""
        self._stuck_bound = stuck_bound
        self._left_behind: list[threading.Thread] = []

    @property
    def stuck(self) -> int:
        """How many reads are held back right now."""
        self._left_behind = [thread for thread in self._left_behind if thread.is_alive()]
        return len(self._left_behind)

    def read(
        self,
        file: io.FileIO,
        work: Callable[[io.FileIO], Result],
        seconds: float,
        *,
        held: str = "",
    ) -> Result:
        """Give `work(file)`, which may raise OSError; the file is closed in every case.

        Raises EnrichmentError when it takes longer than `seconds`, with `held` as its reason.
        """

        def reading() -> Result:
            with file:
                return work(file)

        try:
            return self.run(reading, seconds, held=held)
        except NotBegunError:
            file.close()
            raise

    def run(self, work: Callable[[], Result], seconds: float, *, held: str = "") -> Result:
        """Give `work()`, which may raise OSError and any error of ours.

        Raises EnrichmentError when it takes longer than `seconds`, with `held` as its reason, and
        NotBegunError, which is one, when it was not even begun.
        """
        slow = held or f"the process held a read of /proc back for {seconds * 1000:.0f} ms"
        if seconds <= 0:
            raise NotBegunError(slow)
        if self.stuck >= self._stuck_bound:
            message = f"{self._stuck_bound} processes already hold reads of /proc back"
            raise NotBegunError(message)
        results: list[Result] = []
        errors: list[OSError | ToctraceError] = []

        def run() -> None:
            try:
                results.append(work())
            except (OSError, ToctraceError) as error:
                errors.append(error)

        thread = threading.Thread(target=run, name="toctrace-proc-read", daemon=True)
        thread.start()
        thread.join(max(seconds, 0.0))
        if errors:
            raise errors[0]
        if not results:
            self._left_behind.append(thread)
            raise EnrichmentError(slow)
        return results[0]
