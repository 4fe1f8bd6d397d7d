"""Snapshots: what was at an argument's address at one stage of one call, and who called."""

from __future__ import annotations

import errno

import msgspec

from detector.model.caller import Caller
from detector.model.enforcement import Enforced
from detector.model.stage import Stage


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """The calling task as the kernel saw it at the snapshot.

    Ids are the root namespace's; `ns_*` are those of the task's own pid namespace, whose inode
    is `pid_namespace`. `start_ns` is `task_struct.start_boottime` in ns since boot. `address`
    ties calls of one task together while ids change (execve by a thread that is not the leader
    takes the leader's tid and start time).
    """

    tgid: int
    tid: int
    start_ns: int
    ns_tgid: int
    ns_tid: int
    pid_namespace: int
    uid: int
    gid: int
    cgroup: int
    comm: str
    """At most 15 bytes; bytes that are not UTF-8 are written as backslash escapes."""
    address: int


NOT_USED = errno.ENODATA
"""The error of what the use has not, of an argument that is used piece by piece."""


class Unread(msgspec.Struct, frozen=True):
    """Bytes `start` to `end` (exclusive), whole words, that could not be read at the stage."""

    start: int
    end: int
    errno: int


class Content(msgspec.Struct, frozen=True, kw_only=True):
    """One argument at one stage: exactly what the kernel reads of it, no byte more."""

    address: int
    """Where it is: a user address at entry, copy and exit; 0 for the kernel's masks at use."""
    bits: int
    """How many bits count (for a nodemask maxnode-1, at most MAX_NUMNODES)."""
    data: bytes
    """The words that the kernel reads; bits that it masks off and bytes not read are zero."""
    unread: tuple[Unread, ...] = ()
    beyond: bool | None = False
    """Whether anything is set past MAX_NUMNODES, which decides EINVAL; None: could not be read."""

    @property
    def whole(self) -> bool:
        """Whether everything that the kernel reads could be read."""
        return not self.unread and self.beyond is not None


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """All arguments taken at one stage of one call."""

    call: int
    """The call's number: unique for one run of the tool on one boot."""
    sequence: int
    """0 for the call's first snapshot, counting on; lost snapshots have a number too."""
    stage: Stage
    syscall: str
    time_ns: int
    """CLOCK_BOOTTIME in ns (`bpf_ktime_get_boot_ns`)."""
    cpu: int
    abi: str
    """`x86_64`, or `i386` for a 32-bit call (words of 4 bytes)."""
    task: Task
    args: tuple[int, ...]
    """The raw register arguments of the call, 64 bits each."""
    contents: dict[str, Content]
    """By argument name; `copy` has the one argument that was copied."""
    cpuset: bytes = b""
    """The caller's `mems_allowed` as a nodemask, taken at copy and use; empty elsewhere."""
    returned: int | None = None
    """copy: `get_nodes`' return value; exit: the call's; otherwise None."""
    lost: int = 0
    """Snapshots of this call that found no room in the ring buffer before this one."""
    missed: tuple[str, ...] = ()
    """exit only: arguments whose copy began and whose return probe never ran."""
    fault_held: bool = False
    """A userfaultfd handler was asked for a page during the call, up to this stage."""
    fault_foreign: bool = False
    """A page of an argument was faulted in during the call, up to this stage, that others can
    change or serve: memory that is shared and may be written, or a file served by user space."""
    own: bool = False
    """Made by the tool itself, to prove its stages."""
    caller: Caller | None = None
    """Who called, where the kernel told it at this stage: once in a call that is not plainly the
    same at every look."""
    enforced: Enforced | None = None
    """What enforcement made of the call, up to this stage; None: nothing."""


class Loss(msgspec.Struct, frozen=True):
    """`count` snapshots of any calls were lost before this place in the stream."""

    cause: str
    count: int
