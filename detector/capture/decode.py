"""One record of the ring buffer to one snapshot. Pure."""

from __future__ import annotations

import struct

from detector.capture.decode_text import decode_text, used_elements
from detector.capture.wire import (
    CONTENT,
    CPUSET,
    SNAPSHOT,
    TEXT_CONTENTS,
    VERSION,
    Beyond,
    Flag,
    WireAbi,
    WireStage,
)
from detector.errors import RecordError
from detector.model.enforcement import Enforced
from detector.model.snapshot import Content, Snapshot, Task, Unread
from detector.model.stage import STAGES, Stage
from detector.syscalls.table import BY_WIRE

_HEAD = struct.Struct(SNAPSHOT.format)
_CONTENT = struct.Struct(CONTENT.format)
_STAGES: dict[int, Stage] = {WireStage[stage.name]: stage for stage in STAGES}
_ABIS = {WireAbi.X86_64: "x86_64", WireAbi.I386: "i386"}
_BEYOND: dict[int, bool | None] = {Beyond.CLEAR: False, Beyond.SET: True, Beyond.UNREAD: None}
_ENFORCED = {
    Flag.REFUSED: Enforced.REFUSED,
    Flag.WOULD_REFUSE: Enforced.WOULD_REFUSE,
    Flag.KILLED: Enforced.KILLED,
    Flag.LET_THROUGH: Enforced.LET_THROUGH,
}
_DECIDED = sum(_ENFORCED)
_RETURNING = {Stage.COPY, Stage.EXIT}


def decode(record: bytes) -> Snapshot:
    """Read one `struct toctrace_snapshot` with the contents that it says it has.

    Raises RecordError where it is shorter than that, or says something that has no meaning.
    """
    if len(record) < _HEAD.size:
        raise RecordError(f"a record of {len(record)} bytes is shorter than its head")
    (
        version, wire_stage, wire_syscall, wire_abi, count, flags, missed,
        call, time_ns, returned, *rest,
    ) = _HEAD.unpack_from(record)  # fmt: skip
    args, rest = tuple(rest[:6]), rest[6:]
    (
        task, start_ns, cgroup, sequence, lost, tgid, tid, ns_tgid, ns_tid,
        pid_namespace, uid, gid, cpu, comm,
    ) = rest  # fmt: skip
    if version != VERSION:
        raise RecordError(f"a record of version {version}; this tool reads {VERSION}")
    texts = count == TEXT_CONTENTS
    if not texts and len(record) < _HEAD.size + count * _CONTENT.size:
        raise RecordError(f"a record of {len(record)} bytes is too short for {count} contents")
    try:
        stage, abi, syscall = _STAGES[wire_stage], _ABIS[wire_abi], BY_WIRE[wire_syscall]
    except KeyError as error:
        raise RecordError(f"a record with the unknown stage, ABI or system call {error}") from None
    names = {argument.position: argument.name for argument in syscall.arguments}
    in_pieces = {one.position for one in syscall.arguments if one.in_pieces}
    forms = {argument.position: argument.form for argument in syscall.arguments}
    contents: dict[str, Content] = {}
    cpuset = b""
    for index in range(1 if texts else count):
        position, content = (
            decode_text(record, _HEAD.size, forms)
            if texts
            else _content(record, _HEAD.size + index * _CONTENT.size)
        )
        if position == CPUSET:
            cpuset = content.data
        elif position in names:
            used = stage is Stage.USE and position in in_pieces
            contents[names[position]] = used_elements(content) if used else content
        else:
            raise RecordError(f"a record with the unknown argument {position}")
    return Snapshot(
        call=call,
        sequence=sequence,
        stage=stage,
        syscall=syscall.name,
        time_ns=time_ns,
        cpu=cpu,
        abi=abi,
        task=Task(
            tgid=tgid,
            tid=tid,
            start_ns=start_ns,
            ns_tgid=ns_tgid,
            ns_tid=ns_tid,
            pid_namespace=pid_namespace,
            uid=uid,
            gid=gid,
            cgroup=cgroup,
            comm=comm.partition(b"\0")[0].decode("utf-8", "backslashreplace"),
            address=task,
        ),
        args=args,
        contents=contents,
        cpuset=cpuset,
        returned=returned if stage in _RETURNING else None,
        lost=lost,
        missed=tuple(
            argument.name for nth, argument in enumerate(syscall.arguments) if missed >> nth & 1
        ),
        fault_held=bool(flags & Flag.FAULT_HELD),
        fault_foreign=bool(flags & Flag.FAULT_FOREIGN),
        own=bool(flags & Flag.OWN),
        enforced=_ENFORCED.get(flags & _DECIDED),
    )


def _content(record: bytes, offset: int) -> tuple[int, Content]:
    """Give one content and the position of its argument."""
    (
        address, bits, length, head, head_error, tail_error, position, beyond, word, _, data,
    ) = _CONTENT.unpack_from(record, offset)  # fmt: skip
    if length > len(data) or beyond not in _BEYOND or bits > 8 * length:
        raise RecordError(f"a content of {length} bytes, {bits} bits, beyond={beyond}")
    data = data[:length]
    if bits % 8 or bits < 8 * length:
        kept = int.from_bytes(data, "little") & ((1 << bits) - 1)
        data = kept.to_bytes(length, "little")
    unread: tuple[Unread, ...] = ()
    if head_error or tail_error:
        unread = _unread(length, head, head_error, tail_error, word or 8)
        for gap in unread:
            data = data[: gap.start] + bytes(gap.end - gap.start) + data[gap.end :]
    return position, Content(
        address=address, bits=bits, data=data, unread=unread, beyond=_BEYOND[beyond]
    )


def _unread(
    length: int, head: int, head_error: int, tail_error: int, word: int
) -> tuple[Unread, ...]:
    """Say which whole words were not read; a word across the boundary needs both halves."""
    if head_error and tail_error:
        return (Unread(0, length, -head_error),)
    if head_error:
        return (Unread(0, min(length, -(-head // word) * word), -head_error),)
    return (Unread(min(head, length) // word * word, length, -tail_error),)
