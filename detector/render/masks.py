"""The cells of a ladder: what one argument was at one stage, and what had changed there."""

from __future__ import annotations

from collections.abc import Iterable

from detector.model.form import Form
from detector.model.judgement import Cut, JudgedArgument, JudgedCall, Kind, Verdict
from detector.model.kernel_error import error_name
from detector.model.stage import LADDER, STAGES, Stage
from detector.rules.described import described, node_words
from detector.rules.sentence import signed_nodes, verdict_of

REFERENCE: dict[Stage, tuple[Stage, ...]] = {
    Stage.SUPERVISE: (),
    Stage.ENTRY: (),
    Stage.COPY: (Stage.ENTRY,),
    Stage.USE: (Stage.COPY, Stage.ENTRY),
    Stage.EXIT: (Stage.COPY, Stage.ENTRY),
}
"""What a look is held against in the ladder: the first of these of which the pair says anything."""

_REFERENCE_WITHOUT_COPY: dict[Stage, tuple[Stage, ...]] = {
    Stage.ENTRY: (),
    Stage.COPY: (),
    Stage.USE: (Stage.ENTRY,),
    Stage.EXIT: (Stage.USE, Stage.ENTRY),
}
"""The same of what is no mask."""

_CPUSET_WIDTH = 30
_CHANGE_WIDTH = 10
"""Columns of each node list in a mark before it is shortened, with a count."""


def cell(call: JudgedCall, argument: JudgedArgument, stage: Stage, width: int) -> str:
    """Write what the argument was at the stage, or why that is not known."""
    if stage is Stage.COPY and argument.copy_returned:
        return f"failed ({error_name(argument.copy_returned)})"
    if stage in argument.looks:
        return described(argument, stage, width)
    return absence(call, argument, stage)


def stages_of(arguments: Iterable[JudgedArgument]) -> tuple[Stage, ...]:
    """Give the stages that any of the arguments has.

    Only a mask has a copy apart from its use; without a supervisor there is none for its look.
    """
    shown = tuple(arguments)
    supervised = any(Stage.SUPERVISE in argument.looks for argument in shown)
    masks = any(argument.form is Form.NODEMASK for argument in shown)
    return tuple(
        stage for stage in (STAGES if supervised else LADDER) if masks or stage is not Stage.COPY
    )


_ABSENT = {Cut.END: "not seen: watching ended", Cut.PARKED: "not yet: still in the call"}


def absence(call: JudgedCall, argument: JudgedArgument, stage: Stage) -> str:
    """Say why there is no look at the stage."""
    verdicts = {pair.verdict for pair in argument.pairs if pair.later is stage}
    if Verdict.UNUSED in verdicts:
        return "not reached"
    if argument.form is not Form.NODEMASK and not call.copy_observed and stage is Stage.USE:
        return "not observable here"
    if stage in call.unarmed:
        return "not observable here"
    if call.cut in _ABSENT:
        return _ABSENT[call.cut]
    return "not seen: lost" if call.incomplete else "not seen"


def mark(argument: JudgedArgument, stage: Stage) -> str:
    """Say what had changed at the stage; empty where nothing had."""
    if argument.window == (Stage.SUPERVISE, stage):
        return _since_supervise(argument, stage)
    masks = argument.form is Form.NODEMASK
    for earlier in (REFERENCE if masks else _REFERENCE_WITHOUT_COPY)[stage]:
        verdict = verdict_of(argument, earlier, stage)
        if verdict is None or verdict is Verdict.INCOMPLETE:
            continue
        if stage is Stage.EXIT and verdict is Verdict.BLIND and argument.kind is not Kind.BLIND:
            return ""  # an exit that reads more or less than another look says nothing by itself
        words = _MARKS.get(verdict, "")
        if argument.kind is Kind.RESTORE and stage is Stage.EXIT:
            words = "<- put back"
        if verdict is Verdict.NARROWED and earlier is Stage.ENTRY:
            words = "<- fewer (cpuset?)"  # the raw copy, which would tell, was not observed
        if verdict in _WITH_NODES and not (stage is Stage.COPY and argument.copy_returned):
            nodes = _change(argument, earlier, stage)
            return f"{words}: {nodes}" if nodes else words
        return words
    return ""


def _since_supervise(argument: JudgedArgument, stage: Stage) -> str:
    """Say what had changed since the supervisor's look alone: nothing did since the entry's."""
    verdict = verdict_of(argument, Stage.SUPERVISE, stage)
    words = f"{_MARKS[verdict]} since {Stage.SUPERVISE}" if verdict in _MARKS else ""
    nodes = ""
    if verdict is Verdict.CHANGED and not (stage is Stage.COPY and argument.copy_returned):
        nodes = _change(argument, Stage.SUPERVISE, stage)
    return f"{words}: {nodes}" if nodes else words


_MARKS = {
    Verdict.CHANGED: "<- changed",
    Verdict.WITHDRAWN: "<- withdrawn",
    Verdict.NARROWED: "<- narrowed by cpuset",
    Verdict.BLIND: "<- unseen before",
}
_WITH_NODES = {Verdict.CHANGED, Verdict.NARROWED}


def _change(argument: JudgedArgument, earlier: Stage, later: Stage) -> str:
    """Say which nodes came and went, in the bits that both looks could read."""
    if argument.form is not Form.NODEMASK:
        return ""
    if earlier not in argument.looks or later not in argument.looks:
        return ""
    before, after = (
        int.from_bytes(argument.looks[stage].data, "little") for stage in (earlier, later)
    )
    known = ~(_unread(argument, earlier) | _unread(argument, later))
    came, went = after & ~before & known, before & ~after & known
    size = max(len(argument.looks[stage].data) for stage in (earlier, later))
    return signed_nodes(came.to_bytes(size, "little"), went.to_bytes(size, "little"), _CHANGE_WIDTH)


def _unread(argument: JudgedArgument, stage: Stage) -> int:
    bits = 0
    for gap in argument.looks[stage].unread:
        bits |= ((1 << 8 * (gap.end - gap.start)) - 1) << 8 * gap.start
    return bits


def narrowing(call: JudgedCall) -> str:
    """Say what the caller's cpuset took away honestly; empty where it took nothing."""
    narrowed = [
        argument
        for argument in call.arguments
        if verdict_of(argument, Stage.COPY, Stage.USE) is Verdict.NARROWED
    ]
    if not narrowed:
        return ""
    names = " and ".join(argument.name for argument in narrowed)
    nodes = node_words(narrowed[0].cpuset, _CPUSET_WIDTH)
    return f"the kernel narrowed {names} to the caller's cpuset ({nodes}): honest, as always"
