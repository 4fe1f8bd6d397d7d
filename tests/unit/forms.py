"""Calls whose arguments are no masks, for tests alone: table entries and snapshots of each form."""

from __future__ import annotations

import errno
from collections.abc import Mapping
from typing import Any

import msgspec

from detector.correlate.correlator import correlate
from detector.model.form import Form
from detector.model.judgement import JudgedCall
from detector.model.snapshot import Content, Snapshot, Unread
from detector.model.stage import LADDER, Stage
from detector.syscalls.entry import Argument, Parameter, Probe, Syscall
from tests.unit.builders import make_snapshot

ALL = frozenset(LADDER)
ENTRY_AND_EXIT = frozenset({Stage.ENTRY, Stage.EXIT})


def probe(stage: Stage) -> Probe:
    return Probe(
        stage=stage,
        abi="x86_64",
        symbols=("symbol",),
        returns=stage is Stage.EXIT,
        required=stage is Stage.ENTRY,
        program="program",
        purpose="purpose",
    )


def syscall(name: str, *arguments: Argument, **changes: Any) -> Syscall:
    """Make a call with these arguments first, whose uses are its copies."""
    used = any(argument.exact or argument.in_pieces for argument in arguments)
    stages = [Stage.ENTRY, *[Stage.USE] * used, Stage.EXIT]
    entry = Syscall(
        name=name,
        wire=99,
        number=999,
        compat_number=999,
        parameters=tuple(
            Parameter(argument.name, "const void *", "it", by_value=False) for argument in arguments
        ),
        arguments=arguments,
        probes=tuple(map(probe, stages)),
        success_is_use=used,
        summary="Does it.",
        limits=(),
        related=(),
        scenario="none",
        returns="",
    )
    return msgspec.structs.replace(entry, **changes)


OPENAT = syscall("openat", Argument(name="filename", position=0, form=Form.PATH, exact=True))
RENAMEAT2 = syscall(
    "renameat2",
    Argument(name="oldname", position=0, form=Form.PATH, exact=True),
    Argument(name="newname", position=1, form=Form.PATH, exact=True),
)
CONNECT = syscall(
    "connect",
    Argument(name="uservaddr", position=0, length_position=2, form=Form.SOCKET_ADDRESS, exact=True),
)
EXECVE = syscall(
    "execve",
    Argument(name="filename", position=0, form=Form.PATH, exact=True),
    Argument(name="argv", position=1, form=Form.WORDS, exact=True),
    exit_looks=False,
)
MOVE_PAGES = syscall(
    "move_pages",
    Argument(name="pages", position=0, length_position=2, form=Form.POINTERS),
    Argument(name="nodes", position=1, length_position=2, form=Form.INTEGERS),
)
MOUNT = syscall(
    "mount",
    Argument(name="dev_name", position=0, form=Form.PATH, exact=True),
    Argument(name="dir_name", position=1, form=Form.PATH),
)
TABLE = {call.name: call for call in (OPENAT, RENAMEAT2, CONNECT, EXECVE, MOVE_PAGES, MOUNT)}


def raw(data: bytes, *, address: int = 0x1000, beyond: bool = False) -> Content:
    return Content(address=address, bits=8 * len(data), data=data, beyond=beyond)


def unread_path(data: bytes = b"") -> Content:
    """Make a path of which this is all that could be read."""
    gap = Unread(len(data), 4096, errno.EFAULT)
    return msgspec.structs.replace(raw(data), unread=(gap,))


def unread_bytes(data: bytes, start: int, end: int) -> Content:
    """Make a content of which a part could not be read."""
    zeroed = data[:start] + bytes(end - start) + data[end:]
    return msgspec.structs.replace(raw(zeroed), unread=(Unread(start, end, errno.EFAULT),))


Looks = Mapping[Stage, Content]


def looks(entry: bytes | Content, use: bytes | Content | None, exit_: bytes | Content) -> Looks:
    """Give the looks at one argument; None: it has no use."""
    given = {Stage.ENTRY: entry, Stage.USE: use, Stage.EXIT: exit_}
    return {
        stage: raw(look) if isinstance(look, bytes) else look
        for stage, look in given.items()
        if look is not None
    }


def play(call: Syscall, *arguments: Looks, returned: int = 0, **changes: Any) -> list[Snapshot]:
    """Make every snapshot of a call: at each stage one for each argument."""
    taken = [
        (stage, {argument.name: seen[stage]})
        for stage in (Stage.ENTRY, Stage.USE, Stage.EXIT)
        for argument, seen in zip(call.arguments, arguments, strict=True)
        if stage in seen
    ]
    return [
        make_snapshot(
            stage,
            sequence=sequence,
            syscall=call.name,
            args=(0x1000, 0x2000, 16, 0, 0, 0),
            contents=contents,
            returned=returned if stage is Stage.EXIT else None,
            **changes,
        )
        for sequence, (stage, contents) in enumerate(taken)
    ]


def judged(
    items: list[Snapshot], armed: frozenset[Stage] = ALL, table: Mapping[str, Syscall] = TABLE
) -> JudgedCall:
    (call,) = correlate(items, armed=armed, table=table)
    return call
