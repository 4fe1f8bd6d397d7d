"""Asking once about a process that races again and again."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

import msgspec

from detector.model.judgement import JudgedCall
from detector.model.process import Backing, Process

MOST = 1024
"""Processes that are remembered; the one asked for least recently goes first."""
FRESH_NS = 1_000_000_000
"""How long (ns of the calls' own time) an answer is used again."""
PLACES = 4
"""Places of one process, by thread, its name, stack and arguments, that are asked for within that
time."""
MANY_PLACES = (
    f"it called from more than {PLACES} places or threads, or with as many names or arguments, in "
    "a second"
)


class _Told(msgspec.Struct):
    """The answers for one process, since `began_ns`; the first one first."""

    began_ns: int
    answers: dict[tuple[object, ...], Process] = {}


class Remembered:
    """What `identify` said of a process and its masks' addresses, for a second.

    A storm of findings of one process would otherwise read the same files for each of them, and
    the ring buffer would fill meanwhile. What tells places apart is the process' own choice, its
    threads and their names too, and can be another one at each call: past PLACES of them the rest
    is told without asking.
    """

    def __init__(self, identify: Callable[[JudgedCall], Process]) -> None:
        """`identify` tells who a call's process is."""
        self._identify = identify
        self._told: OrderedDict[tuple[object, ...], _Told] = OrderedDict()

    def __call__(self, call: JudgedCall) -> Process:
        """Say who made `call`."""
        task = call.task
        program, stack = (call.caller.program, call.caller.stack) if call.caller else (None, None)
        key = (task.tgid, program)
        told = self._told.pop(key, None)
        if told is None or not 0 <= call.began_ns - told.began_ns < FRESH_NS:
            told = _Told(call.began_ns)
        self._told[key] = told
        if len(self._told) > MOST:
            self._told.popitem(last=False)
        place = (task.tid, task.start_ns, task.comm, call.kind, call.args, stack)
        return self._answer(told, place, call)

    def _answer(self, told: _Told, place: tuple[object, ...], call: JudgedCall) -> Process:
        known = told.answers.get(place)
        if known is not None:
            return known
        if len(told.answers) < PLACES:
            told.answers[place] = self._identify(call)
            return told.answers[place]
        first = next(iter(told.answers.values()))
        missing = {**first.missing, "stack": MANY_PLACES, "backing": MANY_PLACES}
        backing = dict.fromkeys(first.backing, Backing.UNKNOWN)
        return msgspec.structs.replace(first, stack=(), backing=backing, missing=missing)
