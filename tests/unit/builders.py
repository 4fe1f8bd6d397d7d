"""Builders of model objects for tests: snapshots, whole ladders of calls, and their losses."""

from __future__ import annotations

import errno
from collections.abc import Iterable, Mapping
from typing import Any

import msgspec

from detector.model.snapshot import Content, Snapshot, Task, Unread
from detector.model.stage import LADDER, Stage
from detector.syscalls.entry import Syscall
from detector.syscalls.migrate_pages import MIGRATE_PAGES

ALL_ARMED = frozenset(LADDER)
"""Every stage can be seen."""
EFAULT = -errno.EFAULT
EINVAL = -errno.EINVAL
EPERM = -errno.EPERM
ADDRESSES = {"old_nodes": 0x7F0000001000, "new_nodes": 0x7F0000002000}
"""User addresses of the masks."""
KERNEL_MASK_BYTES = 128
"""A nodemask_t on Debian: MAX_NUMNODES is 1024."""


def make_task(address: int = 0xFFFF888000001000, **changes: Any) -> Task:
    """Make a task; `address` is its task_struct's, the other fields have plain defaults."""
    task = Task(
        tgid=100,
        tid=101,
        start_ns=5_000_000_000,
        ns_tgid=100,
        ns_tid=101,
        pid_namespace=4026531836,
        uid=1000,
        gid=1000,
        cgroup=77,
        comm="racer",
        address=address,
    )
    return msgspec.structs.replace(task, **changes)


def make_mask(*nodes: int, length: int = 8) -> bytes:
    """Write node numbers as a nodemask of `length` bytes."""
    return sum(1 << node for node in set(nodes)).to_bytes(length, "little")


def content(
    *nodes: int, length: int = 8, beyond: bool | None = False, address: int = 0x1000
) -> Content:
    """Make a mask that could be read whole (unless `beyond` is None)."""
    return Content(
        address=address, bits=length * 8, data=make_mask(*nodes, length=length), beyond=beyond
    )


def unreadable(length: int = 8, *, beyond: bool | None = False) -> Content:
    """Make a mask of which nothing could be read."""
    return partly_read(unread=(0, length), length=length, beyond=beyond)


def partly_read(
    *nodes: int, unread: tuple[int, int], length: int = 8, beyond: bool | None = False
) -> Content:
    """Make a mask of which the bytes from unread[0] to unread[1] could not be read."""
    gap = Unread(unread[0], unread[1], errno.EFAULT)
    return msgspec.structs.replace(content(*nodes, length=length, beyond=beyond), unread=(gap,))


class Mask(msgspec.Struct, frozen=True):
    """What one argument is at each stage; left out: what it honestly is."""

    entry: Content
    copy: Content | None = None
    use: Content | None = None
    exit: Content | None = None
    returned: int = 0
    """What the kernel's copy of it returns."""

    def at(self, stage: Stage) -> Content:
        """Give the content at `stage`; the kernel's own masks are whole nodemask_t."""
        if stage is Stage.EXIT:
            return self.exit or self.entry
        mask = self.copy or self.entry
        if stage is Stage.USE:
            mask = self.use or mask
        if stage is Stage.ENTRY:
            return self.entry
        if self.returned:
            mask = content()
        return msgspec.structs.replace(
            mask, bits=KERNEL_MASK_BYTES * 8, data=mask.data.ljust(KERNEL_MASK_BYTES, b"\0")
        )


OLD = Mask(content(0))
NEW = Mask(content(1))


def make_snapshot(
    stage: Stage = Stage.ENTRY,
    *,
    call: int = 1,
    sequence: int = 0,
    contents: Mapping[str, Content] | None = None,
    **changes: Any,
) -> Snapshot:
    """Make one snapshot of migrate_pages; other fields have plain defaults."""
    snapshot = Snapshot(
        call=call,
        sequence=sequence,
        stage=stage,
        syscall="migrate_pages",
        time_ns=1_000 + sequence,
        cpu=0,
        abi="x86_64",
        task=make_task(),
        args=(0, 65, ADDRESSES["old_nodes"], ADDRESSES["new_nodes"], 0, 0),
        contents=dict(contents or {}),
    )
    return msgspec.structs.replace(snapshot, **changes)


def ladder(
    number: int = 1,
    *,
    masks: Mapping[str, Mask] | None = None,
    returned: int = 0,
    used: bool | None = None,
    cpuset: bytes = b"\x03",
    began_ns: int = 1_000,
    step_ns: int = 10,
    syscall: Syscall = MIGRATE_PAGES,
    **changes: Any,
) -> list[Snapshot]:
    """Make every snapshot of one call as the kernel's programs do, in order.

    Copies are made in the table's order and end the call where one fails; there is a use when
    the call succeeds, unless `used` says otherwise. `changes` go to every snapshot.
    """
    masks = {"old_nodes": OLD, "new_nodes": NEW} | dict(masks or {})
    names = [argument.name for argument in syscall.arguments]
    steps: list[tuple[Stage, list[str], int | None]] = [(Stage.ENTRY, names, None)]
    for name in names:
        steps.append((Stage.COPY, [name], masks[name].returned))
        if masks[name].returned:
            returned, used = masks[name].returned, False
            break
    if used if used is not None else returned >= 0:
        steps.append((Stage.USE, names, None))
    steps.append((Stage.EXIT, names, returned))
    return [
        make_snapshot(
            stage,
            call=number,
            sequence=sequence,
            syscall=syscall.name,
            time_ns=began_ns + sequence * step_ns,
            contents={name: masks[name].at(stage) for name in taken},
            cpuset=cpuset if stage in {Stage.COPY, Stage.USE} else b"",
            returned=result,
            **changes,
        )
        for sequence, (stage, taken, result) in enumerate(steps)
    ]


def lose(snapshots: Iterable[Snapshot], gone: Iterable[int]) -> list[Snapshot]:
    """Take out the snapshots with these sequences, as a full ring buffer does.

    Each later snapshot of the call says how many went before it.
    """
    sequences = frozenset(gone)
    return [
        msgspec.structs.replace(
            snapshot, lost=sum(1 for sequence in sequences if sequence < snapshot.sequence)
        )
        for snapshot in snapshots
        if snapshot.sequence not in sequences
    ]


def without(snapshots: Iterable[Snapshot], *stages: Stage) -> list[Snapshot]:
    """Give the ladder as it is where `stages` have no probe: the sequence has no gaps."""
    kept = [snapshot for snapshot in snapshots if snapshot.stage not in stages]
    return [
        msgspec.structs.replace(snapshot, sequence=sequence)
        for sequence, snapshot in enumerate(kept)
    ]
