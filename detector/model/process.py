"""What is known of the process behind a call, beyond what the kernel's snapshot carries."""

from __future__ import annotations

from enum import StrEnum

import msgspec


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


class Process(msgspec.Struct, frozen=True, kw_only=True):
    """Who called, from the process connector, taskstats and /proc. None: could not be had."""

    executable: str | None = None
    command_line: tuple[str, ...] = ()
    parent_tgid: int | None = None
    parent_comm: str | None = None
    cgroup_path: str | None = None
    backing: dict[str, Backing] = {}
    """By argument name: what backed the mask's address when it was looked up."""
    missing: dict[str, str] = {}
    """What could not be had, by field name, with the reason."""
