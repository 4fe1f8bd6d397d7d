"""Calls made by a child process, for what a process must not do to itself."""

from __future__ import annotations

import json
import os
import signal
from typing import TYPE_CHECKING

from detector.errors import SimulationError

if TYPE_CHECKING:
    from collections.abc import Callable


def call_in_child(
    function: Callable[[], list[int]], meanwhile: Callable[[int], None] = lambda _: None
) -> list[int]:
    """Fork, run `function` in the child, and return what it returned.

    `meanwhile` is what the parent does until then, with the child's pid; where it raises, the child
    is killed.
    A SimulationError or OSError of the child is raised here as SimulationError. Fork while the
    process has one thread: the child has only the thread that forks.
    """
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.close(reader)
            with os.fdopen(writer, "wb") as answers:
                answers.write(json.dumps(_outcome(function)).encode())
        finally:
            os._exit(0)  # nothing of the parent's is to be flushed or cleaned up twice
    os.close(writer)
    try:
        try:
            meanwhile(child)
        except BaseException:
            os.kill(child, signal.SIGKILL)
            raise
        with os.fdopen(reader, "rb") as pipe:
            answer = pipe.read()
    finally:
        os.waitpid(child, 0)  # also when interrupted: what the child is in may be removed next
    if not answer:
        message = "the child process that makes the calls died"
        raise SimulationError(message)
    outcome = json.loads(answer)
    if isinstance(outcome, str):
        raise SimulationError(outcome)
    return list(outcome)


def _outcome(function: Callable[[], list[int]]) -> list[int] | str:
    """Return what `function` returns, or the text of its error."""
    try:
        return function()
    except (SimulationError, OSError) as error:
        return str(error)
