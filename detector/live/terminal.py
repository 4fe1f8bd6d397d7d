"""A terminal that is closed while it is written to: who looked at it is gone, and nothing else."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO


@contextmanager
def may_be_closed(stream: TextIO, *, terminal: bool) -> Iterator[None]:
    """Write to `stream`; where that fails, and it was a `terminal`, let it go nowhere from then on.

    What is written to anything else is somebody's result, and an error there goes on.
    """
    try:
        yield
    except OSError:
        if not terminal:
            raise
        nowhere = os.open(os.devnull, os.O_WRONLY | os.O_CLOEXEC)
        os.dup2(nowhere, stream.fileno(), inheritable=False)
        os.close(nowhere)
