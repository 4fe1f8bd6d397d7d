"""An example of a raced system call: made up, and judged as a real one is. Pure."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from detector.correlate.correlator import correlate
from detector.model.form import Form
from detector.model.judgement import JudgedCall
from detector.model.snapshot import Content, Snapshot, Task
from detector.model.stage import LADDER, Stage
from detector.syscalls.entry import Argument, Syscall

_ADDRESS = 0x7F10_2000_0F80
_REGISTERS = 6
_CPUSET = b"\x03" + bytes(7)
_TASK = Task(
    tgid=4711,
    tid=4711,
    start_ns=0,
    ns_tgid=4711,
    ns_tid=4711,
    pid_namespace=0,
    uid=1000,
    gid=1000,
    cgroup=0,
    comm="racer",
    address=1,
)


class _Example(msgspec.Struct, frozen=True):
    """What an argument of a form is, and what it becomes; how long it is, as its register says."""

    before: bytes
    after: bytes
    length: int = 0


_EXAMPLES = {
    Form.NODEMASK: _Example(b"\x01" + bytes(7), b"\x02" + bytes(7), 65),
    Form.PATH: _Example(b"/tmp/mine", b"/etc/shadow"),
    Form.SOCKET_ADDRESS: _Example(
        bytes((2, 0, 0, 80, 127, 0, 0, 1)) + bytes(8),
        bytes((2, 0, 0, 80, 192, 0, 2, 1)) + bytes(8),
        16,
    ),
    Form.WORDS: _Example(b"ls\0-l\0", b"rm\0-r\0"),
    Form.POINTERS: _Example(
        (_ADDRESS + 0x10000).to_bytes(8, "little"), (_ADDRESS + 0x20000).to_bytes(8, "little"), 1
    ),
    Form.INTEGERS: _Example(bytes(4), b"\x01" + bytes(3), 1),
}


def raced(syscall: Syscall) -> JudgedCall:
    """Judge a call whose first argument changed after entry; the others did not."""
    (call,) = correlate(snapshots(syscall), armed=frozenset(LADDER), table={syscall.name: syscall})
    return call


def snapshots(syscall: Syscall) -> list[Snapshot]:
    """Make up every snapshot of such a call."""
    return [
        Snapshot(
            call=1,
            sequence=sequence,
            stage=stage,
            syscall=syscall.name,
            time_ns=sequence,
            cpu=0,
            abi="x86_64",
            task=_TASK,
            args=_registers(syscall),
            contents={
                argument.name: _content(argument, stage, raced=argument is syscall.arguments[0])
                for argument in arguments
            },
            cpuset=_CPUSET if stage in {Stage.COPY, Stage.USE} and not syscall.apart else b"",
            returned=0 if stage in {Stage.COPY, Stage.EXIT} else None,
        )
        for sequence, (stage, arguments) in enumerate(_looks(syscall))
    ]


def _looks(syscall: Syscall) -> Iterator[tuple[Stage, tuple[Argument, ...]]]:
    """Give the arguments of each snapshot: a stage may have several."""
    for stage in LADDER:
        if stage not in syscall.stages:
            continue
        if stage is Stage.EXIT and not syscall.exit_looks:
            yield stage, ()
        elif stage is Stage.COPY or syscall.apart:
            taken = (one for one in syscall.arguments if stage is not Stage.USE or _is_used(one))
            yield from ((stage, (argument,)) for argument in taken)
        else:
            yield stage, syscall.arguments


def _is_used(argument: Argument) -> bool:
    return argument.exact or argument.in_pieces


def _registers(syscall: Syscall) -> tuple[int, ...]:
    registers = [parameter.example for parameter in syscall.parameters]
    registers += [0] * (_REGISTERS - len(registers))
    for nth, argument in enumerate(syscall.arguments):
        registers[argument.position] = _ADDRESS + 0x1000 * nth
        if argument.length_position is not None:
            registers[argument.length_position] = _EXAMPLES[argument.form].length
    return tuple(registers)


def _content(argument: Argument, stage: Stage, *, raced: bool) -> Content:
    example = _EXAMPLES[argument.form]
    data = example.before if stage is Stage.ENTRY or not raced else example.after
    address = 0 if stage is Stage.USE else _ADDRESS
    return Content(address=address, bits=8 * len(data), data=data)
