"""Who made a call, as the kernel had it in the middle of the call: what cannot be had later."""

from __future__ import annotations

import msgspec

from detector.model.observers import Present


class Program(msgspec.Struct, frozen=True, kw_only=True):
    """The file of an executable, as the kernel knows it."""

    device: tuple[int, int]
    """Major and minor of the file system's super block; stat(2) shows another device for files of
    overlayfs and btrfs."""
    inode: int


class Ancestor(msgspec.Struct, frozen=True, kw_only=True):
    """A process that another one is descended from."""

    tgid: int
    comm: str = ""
    """As it was when it was asked for; empty: not known. Hostile text."""
    start_ns: int | None = None
    """Of its leader, CLOCK_BOOTTIME; None: not known."""
    executable: str | None = None
    """None: could not be had."""


class Caller(msgspec.Struct, frozen=True, kw_only=True):
    """What the programs in the kernel took of the calling process before the call's exit.

    Every text is hostile. None and empty: not taken, `missing` says why.
    """

    executable: str | None = None
    """Path up to the root of the caller's namespace of mounts."""
    deleted: bool = False
    """Whether the executable had no name any more."""
    program: Program | None = None
    code: tuple[int, int] = (0, 0)
    """User addresses, the end exclusive, where the executable's code is mapped."""
    command_line: tuple[str, ...] = ()
    """Its beginning, as it was in the process' own memory."""
    working_directory: str | None = None
    cgroup_path: str | None = None
    login_uid: int | None = None
    """Who logged in (loginuid of the audit system); None: nobody did."""
    namespaces: dict[str, int] = {}
    """Inodes, by the names that /proc/PID/ns has."""
    ancestors: tuple[Ancestor, ...] = ()
    """The nearest first, up to init unless `missing` says otherwise."""
    stack: tuple[int, ...] = ()
    """User addresses: of the instruction after the system call, then return addresses by frame
    pointers."""
    stack_top: int = 0
    """The word at the user's stack pointer: a return address where the function that made the call
    has no frame. 0: not read."""
    observers: tuple[Present, ...] | None = None
    """Who was there to look at the call, as the kernel knows of them when it ends; None: not
    asked for."""
    asked: tuple[Present, ...] = ()
    """Of these, the supervisors that were asked to decide on this very call; known with
    `--supervise` alone."""
    missing: dict[str, str] = {}
    """What could not be taken whole, by field, with the reason."""
