"""Acting while this thread waits inside a system call, after the kernel has used its arguments."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from detector.errors import SimulationError
from detector.simulate.faults import DEADLINE_S

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator


@contextmanager
def while_waiting(
    functions: Collection[str], then: Callable[[], None], go_on: Callable[[], None]
) -> Iterator[None]:
    """Once this thread waits in one of the kernel's `functions`, do `then`, and then `go_on`.

    `go_on` ends the wait, and is done even if the thread never came to wait: then it raises
    SimulationError at the end.
    """
    caller = threading.get_native_id()
    failed: list[str] = []

    def attend() -> None:
        place = Path(f"/proc/self/task/{caller}/wchan")
        deadline = time.monotonic() + DEADLINE_S
        while (where := place.read_text()) not in functions:
            if time.monotonic() > deadline:
                failed.append(f"nobody came to wait in {' or '.join(functions)}, but in {where}")
                break
            time.sleep(0.001)
        then()
        go_on()

    thread = threading.Thread(target=attend, daemon=True)
    thread.start()
    try:
        yield
    finally:
        thread.join()
    if failed:
        raise SimulationError(failed[0])
