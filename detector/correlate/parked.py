"""When a call that stays in the kernel is judged as it stands: it may never return."""

from __future__ import annotations

from detector.correlate.limits import PARKED_NS, WINDOW_NS
from detector.correlate.open_call import OpenCall
from detector.model.judgement import JudgedCall, Kind
from detector.model.stage import Stage

_DECIDED = {Kind.TAMPER, Kind.RESTORE, Kind.RACE}


def may_show(call: OpenCall, time_ns: int) -> bool:
    """Whether `call` has been in the kernel for long, and was not yet judged from what is there.

    Whatever may still arrive in the wrong order is waited for, and so is a call that has ended.
    Without the kernel's side there is nothing that user memory could be held against.
    """
    return (
        call.seen != call.looked
        and time_ns > call.first.time_ns + PARKED_NS
        and time_ns > call.last.time_ns + WINDOW_NS
        and (bool(call.copies) or Stage.USE in call.stages)
        and call.end is None
        and not call.superseded
        and not call.unentered
    )


def shows(call: JudgedCall, armed: frozenset[Stage]) -> bool:
    """Whether what is there of a call that has not ended says enough to give it out.

    A race does; what is blind does only when the kernel has all of its arguments: until then a
    caller could race in the part that is given out already.
    """
    if call.kind in _DECIDED:
        return True
    kernels = Stage.USE if Stage.USE in armed else Stage.COPY
    return call.kind is not None and all(
        kernels in argument.looks and not argument.looks[kernels].unread
        for argument in call.arguments
    )
