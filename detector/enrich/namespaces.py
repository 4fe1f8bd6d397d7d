"""Whose numbers are whose: pid namespaces, and the name of a network namespace.

A snapshot has a task's ids in the root namespace and in the task's own. /proc shows the ids of
the namespace that it was mounted for, which in a container is neither the root's nor, always,
the task's.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pyroute2 import netns

from detector.enrich.procfs import SMALL_FILE_BYTES, ProcessDirectory
from detector.errors import EnrichmentError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from detector.model.snapshot import Task

INITIAL_PID_INODE = 0xEFFFFFFC
"""PROC_PID_INIT_INO (include/linux/proc_ns.h)."""
INITIAL_USER_INODE = 0xEFFFFFFD
"""PROC_USER_INIT_INO."""

OUTSIDE = "the task is in a pid namespace that the tool's /proc does not show"


@dataclass(frozen=True, slots=True)
class Ids:
    """A task's ids as one /proc shows them."""

    tgid: int
    tid: int


@dataclass(frozen=True, slots=True)
class Namespaces:
    """The tool's own namespaces, by inode; None: not readable."""

    pid: int | None
    user: int | None
    shown_pid: int | None
    """The pid namespace whose ids /proc shows."""
    mounts: int | None = None
    host_mounts: int | None = None
    """Those of init: a service may have its own, which show the same packages."""
    number: int | None = None
    """The tool's own process id, as /proc shows it."""

    @property
    def initial_pid(self) -> bool:
        """Whether the tool itself is in the initial pid namespace."""
        return self.pid == INITIAL_PID_INODE

    @property
    def initial_user(self) -> bool:
        """Whether the tool itself is in the initial user namespace."""
        return self.user == INITIAL_USER_INODE


def _inode(path: Path) -> int | None:
    """Give the inode of a namespace link, or None."""
    try:
        return path.stat().st_ino
    except OSError:
        return None


def chain(status: bytes, name: bytes) -> tuple[int, ...]:
    """Give a status file's NSpid, NStgid: ids from /proc's namespace down to the task's own."""
    for line in status.split(b"\n"):
        key, _, values = line.partition(b":")
        if key == name and all(word.isdigit() for word in values.split()):
            return tuple(int(word) for word in values.split())
    return ()


def own(root: Path) -> Namespaces:
    """Read the tool's own namespaces below `root` (/proc)."""
    pid = _inode(root / "self/ns/pid")
    # /proc's own namespace is that of its pid 1; where that one may not be looked at, the
    # tool's ids tell: a single one means that /proc is mounted for the tool's own namespace
    shown = _inode(root / "1/ns/pid")
    if shown is None:
        try:
            with (root / "self/status").open("rb") as file:
                numbers = chain(file.read(SMALL_FILE_BYTES), b"NSpid")
        except OSError:
            numbers = ()
        shown = pid if len(numbers) == 1 else None
    return Namespaces(
        pid=pid,
        user=_inode(root / "self/ns/user"),
        shown_pid=shown,
        mounts=_inode(root / "self/ns/mnt"),
        host_mounts=_inode(root / "1/ns/mnt"),
        number=_number(root / "self"),
    )


def _number(link: Path) -> int | None:
    """Give the number that /proc/self points to, or None."""
    try:
        return int(link.readlink().name)
    except (OSError, ValueError):
        return None


def read_namespaces(directory: ProcessDirectory, names: Iterable[str]) -> dict[str, int]:
    """Give the inodes of a process' namespaces of these names; raise EnrichmentError.

    One that this kernel does not have is left out.
    """
    found: dict[str, int] = {}
    refused: EnrichmentError | None = None
    for name in names:
        try:
            found[name] = directory.inode(f"ns/{name}")
        except EnrichmentError as error:
            refused = error
    if not found and refused is not None:
        raise refused
    return found


def visible(task: Task, namespaces: Namespaces, root: Path, seconds: float) -> Ids:
    """Give a task's ids as /proc shows them, looking for at most `seconds`.

    Raises EnrichmentError where it does not show the task.
    """
    if namespaces.shown_pid == INITIAL_PID_INODE:
        return Ids(task.tgid, task.tid)
    if namespaces.shown_pid == task.pid_namespace:
        return Ids(task.ns_tgid, task.ns_tid)
    return _search(task, root, time.monotonic() + seconds)


def _search(task: Task, root: Path, deadline: float) -> Ids:
    """Find a task of a namespace below by its innermost ids and its namespace's inode."""
    try:
        numbers = [name for name in os.listdir(root) if name.isdecimal()]  # noqa: PTH208 names only
    except OSError:
        numbers = []
    for name in numbers:
        if time.monotonic() > deadline:
            message = "the task was not found in /proc in time"
            raise EnrichmentError(message)
        try:
            with ProcessDirectory(root, int(name)) as directory:
                ids = chain(directory.read("status"), b"NStgid")
                if (
                    len(ids) > 1
                    and ids[-1] == task.ns_tgid
                    and directory.inode("ns/pid") == task.pid_namespace
                ):
                    return Ids(int(name), _thread(root / name / "task", task.ns_tid, int(name)))
        except (EnrichmentError, OSError):
            continue  # ended, or not to be looked at
    raise EnrichmentError(OUTSIDE)


def _thread(threads: Path, ns_tid: int, tgid: int) -> int:
    """Give the tid that /proc shows for a thread's own `ns_tid`; the leader's where it is gone."""
    for thread in os.listdir(threads):  # noqa: PTH208 names only
        try:
            with (threads / thread / "status").open("rb") as file:
                ids = chain(file.read(SMALL_FILE_BYTES), b"NSpid")
        except OSError:
            continue
        if ids and ids[-1] == ns_tid:
            return int(thread)
    return tgid


def network_name(tgid: int) -> str | None:
    """Give the name under /run/netns of a process' network namespace, as `ip netns` has it.

    `tgid` as /proc shows it; None: it has no name there, or cannot be had.
    """
    try:
        name = netns.pid_to_ns(tgid)
    except OSError:
        return None
    return None if name is None else str(name)
