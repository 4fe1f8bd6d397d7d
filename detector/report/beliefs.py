"""What each observer of an argument would have believed, for the report. Pure."""

from __future__ import annotations

import msgspec

from detector.model.form import Form
from detector.model.judgement import JudgedArgument, Observer
from detector.model.nodemask import nodelist, nodes
from detector.model.stage import Stage
from detector.rules.described import described

_WIDTH = 256
"""Characters of what is no mask before it is shortened."""


class Belief(msgspec.Struct, frozen=True, kw_only=True):
    """One observer's."""

    stage: Stage
    text: str
    deceived: bool


def beliefs(argument: JudgedArgument) -> tuple[Belief, ...]:
    """Give what each observer would have believed."""
    return tuple(
        Belief(stage=observer.stage, text=_believed(argument, observer), deceived=observer.deceived)
        for observer in argument.observers
    )


def _believed(argument: JudgedArgument, observer: Observer) -> str:
    if observer.believed is None:
        return "nothing: unreadable"
    if argument.form is not Form.NODEMASK:
        return described(argument, observer.stage, _WIDTH)
    return f"nodes {nodelist(nodes(observer.believed))}" if any(observer.believed) else "no node"
