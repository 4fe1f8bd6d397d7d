"""The fields of each mask: its nodes at every stage, made from the table of system calls."""

from __future__ import annotations

from collections.abc import Callable

from detector.model.form import Form
from detector.model.judgement import JudgedArgument, JudgedCall, Kind
from detector.model.process import Process
from detector.model.stage import STAGES, Stage
from detector.rules.described import Reading, reading
from detector.rules.field import Field, Type, Value, known
from detector.syscalls.table import SYSCALLS

_Get = Callable[[JudgedCall, Process], tuple[Value, ...]]

_WHEN = {
    Stage.SUPERVISE: "before a supervisor decided",
    Stage.ENTRY: "when the call began, as a checker would read it",
    Stage.COPY: "as the kernel copied it",
    Stage.USE: "as the kernel acted on it",
    Stage.EXIT: "in user memory when the call returned",
}


def mask_fields() -> tuple[Field, ...]:
    """Give the fields of every mask of every watched call, by name; each name once."""
    names = dict.fromkeys(
        argument.name
        for call in SYSCALLS
        for argument in call.arguments
        if argument.form is Form.NODEMASK
    )
    return tuple(field for name in names for field in _fields_of(name))


def _fields_of(name: str) -> tuple[Field, ...]:
    looks = tuple(
        Field(
            name=f"{name}.{stage}",
            type=Type.NODES,
            meaning=f"nodes of {name} {_WHEN[stage]}; not known where one could not be read",
            get=_look(name, stage),
        )
        for stage in STAGES
    )
    return (
        *looks,
        Field(
            name=f"{name}.came",
            type=Type.NODES,
            meaning=f"nodes of {name} that were set at its window's end only",
            get=_of(name, lambda argument: known(argument.came if argument.kind else None)),
        ),
        Field(
            name=f"{name}.went",
            type=Type.NODES,
            meaning=f"nodes of {name} that were set at its window's beginning only",
            get=_of(name, lambda argument: known(argument.went if argument.kind else None)),
        ),
        Field(
            name=f"{name}.kind",
            type=Type.WORD,
            meaning=f"the kind of race that {name} shows; not known where it shows none",
            get=_of(name, lambda argument: known(argument.kind and argument.kind.value)),
            choices=tuple(kind.value for kind in Kind),
        ),
    )


def _look(name: str, stage: Stage) -> _Get:
    def nodes(argument: JudgedArgument) -> tuple[Value, ...]:
        if stage not in argument.looks or reading(argument, stage) is Reading.NO:
            return ()
        if argument.looks[stage].unread:
            return ()
        return (argument.looks[stage].data,)

    return _of(name, nodes)


def _of(name: str, get: Callable[[JudgedArgument], tuple[Value, ...]]) -> _Get:
    def find(call: JudgedCall, _: Process) -> tuple[Value, ...]:
        return next((get(a) for a in call.arguments if _is_mask(a, name)), ())

    return find


def _is_mask(argument: JudgedArgument, name: str) -> bool:
    return argument.name == name and argument.form is Form.NODEMASK
