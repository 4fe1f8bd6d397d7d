"""The named fields: all that a rule may match on, and all that its output may name."""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations

from detector.model.form import Form
from detector.model.judgement import Cut, JudgedArgument, JudgedCall, Kind
from detector.model.kernel_error import error_name
from detector.model.observers import Present
from detector.model.process import Backing, Process
from detector.model.stage import STAGES
from detector.rules.argument_fields import argument_fields
from detector.rules.field import Field, Type, Value, known
from detector.rules.mask_fields import mask_fields
from detector.rules.present import deceived_observers, deceived_stages, present
from detector.rules.process_fields import process_fields
from detector.rules.sentence import summary
from detector.syscalls.registers import as_read
from detector.syscalls.table import BY_NAME, SYSCALLS


def target_pid(call: JudgedCall) -> int | None:
    """Give the call's pid argument as the kernel reads it; None where a call has none."""
    return _argument(call, "pid")


def _argument(call: JudgedCall, name: str) -> int | None:
    """Give a named parameter as the kernel reads it; None where a call has none."""
    for parameter, register in zip(BY_NAME[call.syscall].parameters, call.args, strict=False):
        if parameter.name == name:
            return as_read(parameter, register)
    return None


def _raced(call: JudgedCall) -> tuple[JudgedArgument, ...]:
    """Give the arguments that show the call's kind, the strongest of all kinds in it."""
    return tuple(a for a in call.arguments if a.kind is not None and a.kind is call.kind)


def _raced_masks(call: JudgedCall, get: Callable[[JudgedArgument], bytes]) -> tuple[Value, ...]:
    return tuple(get(a) for a in _raced(call) if a.form is Form.NODEMASK)


def _kinds(call: JudgedCall) -> tuple[Value, ...]:
    found = {argument.kind for argument in call.arguments}
    return tuple(kind.value for kind in Kind if kind in found)


def _backing(call: JudgedCall, process: Process) -> tuple[Value, ...]:
    found = (process.backing.get(a.name, Backing.UNKNOWN).value for a in _raced(call))
    return tuple(dict.fromkeys(found))


def _window(call: JudgedCall) -> tuple[Value, ...]:
    windows = (a.window for a in _raced(call))
    return tuple(dict.fromkeys(f"{w[0]}->{w[1]}" for w in windows if w is not None))


def _error(call: JudgedCall) -> tuple[Value, ...]:
    if call.returned is None:
        return ()
    return (error_name(call.returned) if call.returned < 0 else "none",)


_KINDS = tuple(kind.value for kind in Kind)
_STAGES = tuple(stage.value for stage in STAGES)
_PRESENT = tuple(one.value for one in Present)
_ARGUMENTS = tuple(dict.fromkeys(a.name for call in SYSCALLS for a in call.arguments))

FIELDS: tuple[Field, ...] = (
    Field(
        name="kind",
        type=Type.WORD,
        meaning="the strongest kind of race in the call",
        get=lambda call, _: known(call.kind and call.kind.value),
        choices=_KINDS,
    ),
    Field(
        name="kinds",
        type=Type.WORD,
        meaning="every kind of race in the call",
        get=lambda call, _: _kinds(call),
        choices=_KINDS,
        many=True,
    ),
    Field(
        name="syscall",
        type=Type.WORD,
        meaning="the system call's name",
        get=lambda call, _: (call.syscall,),
        choices=tuple(BY_NAME),
    ),
    Field(
        name="abi",
        type=Type.WORD,
        meaning="x86_64, or i386 for a 32-bit call",
        get=lambda call, _: (call.abi,),
        choices=("x86_64", "i386"),
    ),
    Field(
        name="what",
        type=Type.TEXT,
        meaning="a sentence for each raced argument: what observers saw, what the kernel did",
        get=lambda call, _: (summary(call),),
    ),
    Field(
        name="arguments",
        type=Type.WORD,
        meaning="the arguments that show the kind",
        get=lambda call, _: tuple(a.name for a in _raced(call)),
        choices=_ARGUMENTS,
        many=True,
    ),
    Field(
        name="window",
        type=Type.WORD,
        meaning="between which stages they changed",
        get=lambda call, _: _window(call),
        choices=tuple(f"{a}->{b}" for a, b in combinations(STAGES, 2)),
        many=True,
    ),
    Field(
        name="came",
        type=Type.NODES,
        meaning="nodes that were set at the window's end only, by argument",
        get=lambda call, _: _raced_masks(call, lambda mask: mask.came),
        many=True,
    ),
    Field(
        name="went",
        type=Type.NODES,
        meaning="nodes that were set at the window's beginning only, by argument",
        get=lambda call, _: _raced_masks(call, lambda mask: mask.went),
        many=True,
    ),
    Field(
        name="deceived",
        type=Type.WORD,
        meaning="the stages at which an observer was deceived",
        get=lambda call, _: tuple(stage.value for stage in deceived_stages(call)),
        choices=_STAGES,
        many=True,
    ),
    Field(
        name="observers",
        type=Type.WORD,
        meaning="who was there to look at the call, besides the tool",
        get=lambda call, _: tuple(one.value for one in present(call)),
        choices=_PRESENT,
        many=True,
    ),
    Field(
        name="observers_deceived",
        type=Type.WORD,
        meaning="who of the observers looks where a look was deceived",
        get=lambda call, _: tuple(one.value for one in deceived_observers(call)),
        choices=_PRESENT,
        many=True,
    ),
    Field(
        name="backing",
        type=Type.WORD,
        meaning="what backs the addresses of the arguments that show the kind",
        get=_backing,
        choices=tuple(backing.value for backing in Backing),
        many=True,
    ),
    Field(
        name="fault_held",
        type=Type.FLAG,
        meaning="whether a userfaultfd handler was asked for a page during the call",
        get=lambda call, _: (call.fault_held,),
    ),
    Field(
        name="fault_foreign",
        type=Type.FLAG,
        meaning="whether a page was faulted in during the call that others can change or serve",
        get=lambda call, _: (call.fault_foreign,),
    ),
    Field(
        name="copy_observed",
        type=Type.FLAG,
        meaning="whether the kernel's own copy could be observed",
        get=lambda call, _: (call.copy_observed,),
    ),
    Field(
        name="cut",
        type=Type.WORD,
        meaning="why the call was not seen to its end; not known where it was",
        get=lambda call, _: known(call.cut and call.cut.value),
        choices=tuple(cut.value for cut in Cut),
    ),
    Field(
        name="lost",
        type=Type.NUMBER,
        meaning="how many of the call's snapshots are known lost",
        get=lambda call, _: (call.lost,),
    ),
    Field(
        name="returned",
        type=Type.NUMBER,
        meaning="the call's return value",
        get=lambda call, _: known(call.returned),
    ),
    Field(
        name="error",
        type=Type.TEXT,
        meaning="the name of the call's error, or none",
        get=lambda call, _: _error(call),
    ),
    Field(
        name="duration_ns",
        type=Type.NUMBER,
        meaning="how long the call took, from its first look to its last, ns",
        get=lambda call, _: (call.ended_ns - call.began_ns,),
    ),
    Field(
        name="maxnode",
        type=Type.NUMBER,
        meaning="the call's maxnode argument",
        get=lambda call, _: known(_argument(call, "maxnode")),
    ),
    Field(
        name="target_pid",
        type=Type.NUMBER,
        meaning="the process whose pages the call moves (0: the caller), in the caller's namespace",
        get=lambda call, _: known(target_pid(call)),
    ),
    Field(
        name="comm",
        type=Type.TEXT,
        meaning="the calling task's name, which the task itself chooses",
        get=lambda call, _: (call.task.comm,),
    ),
    Field(
        name="pid",
        type=Type.NUMBER,
        meaning="the calling process's id, in the root namespace",
        get=lambda call, _: (call.task.tgid,),
    ),
    Field(
        name="tid",
        type=Type.NUMBER,
        meaning="the calling thread's id, in the root namespace",
        get=lambda call, _: (call.task.tid,),
    ),
    Field(
        name="ns_pid",
        type=Type.NUMBER,
        meaning="the calling process's id, in its own pid namespace",
        get=lambda call, _: (call.task.ns_tgid,),
    ),
    Field(
        name="pid_namespace",
        type=Type.NUMBER,
        meaning="the inode of the caller's pid namespace",
        get=lambda call, _: (call.task.pid_namespace,),
    ),
    Field(
        name="uid",
        type=Type.NUMBER,
        meaning="the caller's user id",
        get=lambda call, _: (call.task.uid,),
    ),
    Field(
        name="gid",
        type=Type.NUMBER,
        meaning="the caller's group id",
        get=lambda call, _: (call.task.gid,),
    ),
    Field(
        name="cgroup",
        type=Type.NUMBER,
        meaning="the id of the caller's cgroup",
        get=lambda call, _: (call.task.cgroup,),
    ),
    *process_fields(),
    *mask_fields(),
    *argument_fields(),
)
"""Every field there is."""

BY_FIELD = {field.name: field for field in FIELDS}
