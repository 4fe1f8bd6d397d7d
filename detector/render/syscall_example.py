"""An example of a raced system call: made up, and judged as a real one is. Pure."""

from __future__ import annotations

from detector.correlate.correlator import correlate
from detector.model.judgement import JudgedCall
from detector.model.snapshot import Content, Snapshot, Task
from detector.model.stage import LADDER, Stage
from detector.syscalls.entry import Argument, Syscall

_ADDRESS = 0x7F10_2000_0F80
_BITS = 64
_REGISTERS = 6
_BEFORE, _AFTER = 1 << 0, 1 << 1
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


def raced(syscall: Syscall) -> JudgedCall:
    """Judge a call whose first mask changed between entry and copy; the others did not."""
    (call,) = correlate(snapshots(syscall), armed=frozenset(LADDER))
    return call


def snapshots(syscall: Syscall) -> list[Snapshot]:
    """Make up every snapshot of such a call."""
    looks: list[tuple[Stage, tuple[Argument, ...]]] = [
        (Stage.ENTRY, syscall.arguments),
        *((Stage.COPY, (argument,)) for argument in syscall.arguments),
        (Stage.USE, syscall.arguments),
        (Stage.EXIT, syscall.arguments),
    ]
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
                argument.name: _content(stage, raced=argument is syscall.arguments[0])
                for argument in arguments
            },
            cpuset=_CPUSET if stage in {Stage.COPY, Stage.USE} else b"",
            returned=0 if stage in {Stage.COPY, Stage.EXIT} else None,
        )
        for sequence, (stage, arguments) in enumerate(looks)
    ]


def _registers(syscall: Syscall) -> tuple[int, ...]:
    registers = [parameter.example for parameter in syscall.parameters]
    registers += [0] * (_REGISTERS - len(registers))
    for nth, argument in enumerate(syscall.arguments):
        registers[argument.position] = _ADDRESS + 0x1000 * nth
        registers[argument.length_position] = _BITS + 1
    return tuple(registers)


def _content(stage: Stage, *, raced: bool) -> Content:
    value = _BEFORE if stage is Stage.ENTRY or not raced else _AFTER
    address = 0 if stage is Stage.USE else _ADDRESS
    return Content(address=address, bits=_BITS, data=value.to_bytes(8, "little"))
