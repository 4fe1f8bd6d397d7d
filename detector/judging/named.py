"""Who made a call, by the kernel's word in the call alone: what is left where nobody could ask."""

from __future__ import annotations

from detector.model.caller import Caller
from detector.model.frame import Frame
from detector.model.process import Process

DELETED = " (deleted)"
"""What the kernel puts behind the path of a file that has no name any more (fs/d_path.c)."""
_ASKED = ("sha256", "package", "container", "cpuset", "target", "backing")
"""What only the live host could have told."""


def name_of(executable: str) -> str:
    """Give a path of /proc/PID/exe as it was before its file was deleted."""
    return executable.removesuffix(DELETED)


def executable_of(caller: Caller) -> str | None:
    """Give the executable's path as /proc/PID/exe shows it."""
    if caller.executable is None:
        return None
    return caller.executable + (DELETED if caller.deleted else "")


def named_by(caller: Caller, unasked: str) -> Process:
    """Say who called; `unasked`: why nothing else is known."""
    nearest = caller.ancestors[0] if caller.ancestors else None
    return Process(
        executable=executable_of(caller),
        command_line=caller.command_line,
        program=caller.program,
        parent_tgid=nearest.tgid if nearest else None,
        parent_comm=nearest.comm if nearest else None,
        ancestors=caller.ancestors,
        working_directory=caller.working_directory,
        login_uid=caller.login_uid,
        namespaces=caller.namespaces,
        cgroup_path=caller.cgroup_path,
        stack=tuple(Frame(address=address, missing=unasked) for address in caller.stack),
        missing=caller.missing | dict.fromkeys(_ASKED, unasked),
    )
