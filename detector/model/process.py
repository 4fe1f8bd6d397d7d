"""What is known of the process behind a call, beyond what the kernel's snapshot carries."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from detector.model.caller import Ancestor, Program
from detector.model.frame import Frame
from detector.model.writer import Writer


class Backing(StrEnum):
    """What backs a user address."""

    ANONYMOUS = "anonymous"
    FILE = "file"
    SHARED = "shared memory"
    USERFAULTFD = "userfaultfd"
    """Registered with userfaultfd: its owner decides when a read succeeds, and what it reads."""
    FUSE = "FUSE"
    """A file whose server, a user process, decides when a read succeeds."""
    UNMAPPED = "unmapped"
    UNKNOWN = "unknown"

    @property
    def suspicious(self) -> bool:
        """Whether somebody can hold the page back for as long as they like."""
        return self in {Backing.USERFAULTFD, Backing.FUSE}


class Container(msgspec.Struct, frozen=True, kw_only=True):
    """The container that a process is in, by the form of its cgroup's path."""

    runtime: str
    """docker, containerd, cri-o, podman or systemd-nspawn; kubernetes: one of its runtimes."""
    id: str
    """As the runtime gave it: 64 hexadecimal digits; a machine's name of systemd-nspawn."""
    image: str | None = None


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """The process whose pages a call moves, as it was found after the call."""

    tgid: int
    comm: str = ""
    executable: str | None = None


class Cpuset(msgspec.Struct, frozen=True, kw_only=True):
    """Where a process may run and have memory."""

    path: str
    """Of the cpuset's cgroup."""
    cpus: str
    """In the kernel's list format."""
    mems: str


class Process(msgspec.Struct, frozen=True, kw_only=True):
    """Who called: from the kernel in the call, the process connector, taskstats and /proc.

    None and empty: could not be had, `missing` says why. Every text is hostile.
    """

    executable: str | None = None
    command_line: tuple[str, ...] = ()
    parent_tgid: int | None = None
    parent_comm: str | None = None
    cgroup_path: str | None = None
    backing: dict[str, Backing] = {}
    """By argument name: what backed the mask's address when it was looked up."""
    writers: tuple[Writer, ...] = ()
    """Who was seen to write the masks up to then (`--name-writer`), who wrote last first."""
    missing: dict[str, str] = {}
    """What could not be had, by field name, with the reason."""
    program: Program | None = None
    """The executable's file."""
    sha256: str | None = None
    """Of the executable, hexadecimal."""
    package: str | None = None
    """What the executable belongs to, as dpkg names it."""
    working_directory: str | None = None
    login_uid: int | None = None
    namespaces: dict[str, int] = {}
    """Inodes, by the names that /proc/PID/ns has; that of pids is the task's own field."""
    container: Container | None = None
    """None without a reason in `missing`: it is in none."""
    cpuset: Cpuset | None = None
    ancestors: tuple[Ancestor, ...] = ()
    """The nearest first."""
    target: Target | None = None
    """None without a reason in `missing`: the call has none."""
    stack: tuple[Frame, ...] = ()
    """Of the call, innermost first, by frame pointers: code without them hides its callers."""
