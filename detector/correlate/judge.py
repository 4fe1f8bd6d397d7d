"""One assembled call becomes a judged call."""

from __future__ import annotations

import msgspec

from detector.correlate.kinds import find_race
from detector.correlate.looks import Looks, Sight, looks_at
from detector.correlate.missing import missing_from
from detector.correlate.observers import observers_of
from detector.correlate.open_call import OpenCall
from detector.correlate.pairs import judge_pairs
from detector.correlate.significant import significant
from detector.model.contents import LONG
from detector.model.form import Form
from detector.model.judgement import Cut, JudgedArgument, JudgedCall, Kind
from detector.model.snapshot import Content
from detector.model.stage import LADDER, Stage

_STRONGEST_FIRST = tuple(Kind)
_WORD_BYTES = {"i386": 4}
_COPY_SEEN = {Sight.COPY, Sight.USE}


def judge(
    call: OpenCall, armed: frozenset[Stage], *, suspect: bool = False, early: Cut | None = None
) -> JudgedCall:
    """Judge `call` from what is there of it.

    `suspect`: something that belongs to no known call was lost while this one was open.
    `early`: why it is judged before it or the watching ended: EVICTED or PARKED.
    """
    missing = missing_from(call, armed)
    word = _WORD_BYTES.get(call.first.abi, LONG)
    looks = [looks_at(argument, call, missing, armed) for argument in call.syscall.arguments]
    arguments = tuple(_judge_argument(one, word) for one in looks)
    ended = call.stages.get(Stage.EXIT)
    first = call.first
    lost = missing.count
    return JudgedCall(
        number=first.call,
        syscall=first.syscall,
        abi=first.abi,
        task=first.task,
        args=first.args,
        began_ns=first.time_ns,
        ended_ns=call.last.time_ns,
        returned=ended.returned if ended else None,
        arguments=arguments,
        kind=_strongest(arguments),
        copy_observed=_copy_observed(looks, arguments),
        cut=_cut(call, lost, suspect=suspect, early=early),
        unarmed=tuple(sorted(call.syscall.stages - armed, key=LADDER.index)),
        lost=lost,
        fault_held=call.fault_held,
        fault_foreign=call.fault_foreign,
        own=call.own,
        caller=call.caller,
        enforced=call.enforced,
    )


def _copy_observed(looks: list[Looks], arguments: tuple[JudgedArgument, ...]) -> bool:
    """Whether what the kernel copied could be seen, of the arguments that show the call's kind."""
    kind = _strongest(arguments)
    return all(
        one.sight in _COPY_SEEN or _use_is_seen(one, argument)
        for one, argument in zip(looks, arguments, strict=True)
        if argument.kind is kind
    )


def _use_is_seen(looks: Looks, argument: JudgedArgument) -> bool:
    """Whether what was used of an array is seen of those elements that show the race."""
    return looks.sight is Sight.PIECES and Stage.USE in (argument.window or ())


def _cut(call: OpenCall, lost: int, *, suspect: bool, early: Cut | None) -> Cut | None:
    """Say why the call was not seen whole, if so."""
    if early is Cut.EVICTED:
        return Cut.EVICTED
    if lost:
        return Cut.LOST
    if call.end is not None:
        return None
    if suspect:
        return Cut.LOST
    # Superseded, and yet no exit is missing: there is no probe at the exit here.
    return None if call.superseded else early or Cut.END


def _judge_argument(looks: Looks, word: int) -> JudgedArgument:
    taken = _taken(looks)
    form = looks.argument.form
    if form is not Form.NODEMASK:
        compared = {stage.value: look for stage, look in significant(form, taken).items()}
        looks = msgspec.structs.replace(looks, **compared)
    pairs = judge_pairs(looks)
    race = find_race(looks, pairs)
    return JudgedArgument(
        name=looks.argument.name,
        form=form,
        word=word,
        looks=taken,
        copy_returned=looks.copy_returned,
        cpuset=looks.cpusets[0] if looks.cpusets else b"",
        pairs=pairs,
        kind=race.kind if race else None,
        window=race.window if race else None,
        came=race.came if race else b"",
        went=race.went if race else b"",
        observers=observers_of(looks, pairs, taken),
    )


def _taken(looks: Looks) -> dict[Stage, Content]:
    ladder = (
        (Stage.SUPERVISE, looks.supervise),
        (Stage.ENTRY, looks.entry),
        (Stage.COPY, looks.copy),
        (Stage.USE, looks.use),
        (Stage.EXIT, looks.exit),
    )
    return {stage: content for stage, content in ladder if content is not None}


def _strongest(arguments: tuple[JudgedArgument, ...]) -> Kind | None:
    kinds = [argument.kind for argument in arguments if argument.kind is not None]
    return min(kinds, key=_STRONGEST_FIRST.index, default=None)
