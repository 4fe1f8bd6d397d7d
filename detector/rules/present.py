"""Who was there to look at a call, and who of them was deceived."""

from __future__ import annotations

from detector.model.judgement import JudgedCall
from detector.model.observers import LOOKS_AT, SUPERVISORS, Present
from detector.model.stage import STAGES, Stage


def deceived_stages(call: JudgedCall) -> tuple[Stage, ...]:
    """Give the stages at which whoever looked was deceived, first to last."""
    stages = {o.stage for a in call.arguments for o in a.observers if o.deceived}
    return tuple(stage for stage in STAGES if stage in stages)


def present(call: JudgedCall) -> tuple[Present, ...]:
    """Give who was there, as far as the kernel told it."""
    return (call.caller.observers or ()) if call.caller else ()


def deceived_observers(call: JudgedCall) -> tuple[Present, ...]:
    """Give those of them who were deceived: of supervisors, only who was asked about this call."""
    stages = deceived_stages(call)
    asked = call.caller.asked if call.caller else ()
    return tuple(
        one
        for one in present(call)
        if LOOKS_AT.get(one) in stages and (one not in SUPERVISORS or one in asked)
    )
