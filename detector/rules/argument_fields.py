"""The fields of each argument that is no mask: what it was at every stage, in writing."""

from __future__ import annotations

from collections.abc import Callable

from detector.model.contents import shown
from detector.model.form import Form
from detector.model.judgement import JudgedArgument, JudgedCall, Kind
from detector.model.process import Process
from detector.model.stage import Stage
from detector.rules.field import Field, Type, Value, known
from detector.syscalls.entry import Syscall
from detector.syscalls.table import SYSCALLS

ROOT = "arg"
"""What their names begin with: an argument may be called as another field is."""

_WHEN = {
    Stage.ENTRY: "when the call began, as a checker would read it",
    Stage.USE: "as the kernel copied and used it",
    Stage.EXIT: "in user memory when the call returned",
}


def argument_fields(syscalls: tuple[Syscall, ...] = SYSCALLS) -> tuple[Field, ...]:
    """Give the fields of every argument of these calls that is no mask; each name once."""
    names = dict.fromkeys(
        argument.name
        for call in syscalls
        for argument in call.arguments
        if argument.form is not Form.NODEMASK
    )
    return tuple(field for name in names for field in _fields_of(name))


def _fields_of(name: str) -> tuple[Field, ...]:
    looks = tuple(
        Field(
            name=f"{ROOT}.{name}.{stage}",
            type=Type.TEXT,
            meaning=f"{name} {when}; not known where not all of it could be read",
            get=_of(name, _look(stage)),
        )
        for stage, when in _WHEN.items()
    )
    kind = Field(
        name=f"{ROOT}.{name}.kind",
        type=Type.WORD,
        meaning=f"the kind of race that {name} shows; not known where it shows none",
        get=_of(name, lambda argument: known(argument.kind and argument.kind.value)),
        choices=tuple(one.value for one in Kind),
    )
    return (*looks, kind)


_Read = Callable[[JudgedArgument], tuple[Value, ...]]


def _look(stage: Stage) -> _Read:
    def read(argument: JudgedArgument) -> tuple[Value, ...]:
        look = argument.looks.get(stage)
        if look is None or look.unread:
            return ()
        return (shown(argument.form, look, argument.word),)

    return read


def _of(name: str, read: _Read) -> Callable[[JudgedCall, Process], tuple[Value, ...]]:
    def find(call: JudgedCall, _: Process) -> tuple[Value, ...]:
        for argument in call.arguments:
            if argument.name == name and argument.form is not Form.NODEMASK:
                return read(argument)
        return ()

    return find
