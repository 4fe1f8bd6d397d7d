"""What processes do between their calls: begin, run another program, take a name, end."""

from __future__ import annotations

from enum import StrEnum

import msgspec


class Change(StrEnum):
    """What happened to a process."""

    RUNNING = "running"
    """It ran already when recording began."""
    FORK = "fork"
    EXEC = "exec"
    COMM = "comm"
    EXIT = "exit"
    LOST = "lost"
    """Changes are missing here: what is not told anew from here on is not known."""


class ProcessChange(msgspec.Struct, frozen=True, kw_only=True):
    """One change of one process, as the process connector tells it and /proc showed it then."""

    kind: Change
    tgid: int
    """In the tool's pid namespace; 0: of no process (lost)."""
    time_ns: int
    """CLOCK_BOOTTIME."""
    parent_tgid: int | None = None
    """running and fork."""
    comm: str | None = None
    """running, exec and comm."""
    executable: str | None = None
    """running and exec; None: could not be had."""
    command_line: tuple[str, ...] = ()
    """The same."""
    missing: str = ""
    """Why the program is not known; empty where it is."""
