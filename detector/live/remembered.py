"""Asking once about a process that races again and again."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

from detector.model.judgement import JudgedCall
from detector.model.process import Process

MOST = 1024
"""Processes that are remembered; the one asked for least recently goes first."""
FRESH_NS = 1_000_000_000
"""How long (ns of the calls' own time) an answer is used again."""


class Remembered:
    """What `identify` said of a caller and its masks' addresses, for a second.

    A storm of findings of one process would otherwise read the same files for each of them, and
    the ring buffer would fill meanwhile.
    """

    def __init__(self, identify: Callable[[JudgedCall], Process]) -> None:
        """`identify` tells who a call's process is."""
        self._identify = identify
        self._answers: OrderedDict[tuple[object, ...], tuple[int, Process]] = OrderedDict()

    def __call__(self, call: JudgedCall) -> Process:
        """Say who made `call`."""
        task = call.task
        caller = call.caller
        told = (caller.program, caller.stack) if caller else None
        key = (task.tgid, task.start_ns, task.comm, call.kind, call.args, told)
        known = self._answers.pop(key, None)
        if known is None or not 0 <= call.began_ns - known[0] < FRESH_NS:
            known = (call.began_ns, self._identify(call))
        self._answers[key] = known
        if len(self._answers) > MOST:
            self._answers.popitem(last=False)
        return known[1]
