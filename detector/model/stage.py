"""The stages of a call: the points where somebody, or the kernel itself, looks at an argument."""

from __future__ import annotations

from enum import StrEnum


class Stage(StrEnum):
    """A point in a call where content is taken, in the order in which a call passes them."""

    SUPERVISE = "supervise"
    """Before a supervisor decides (seccomp user notification, ptrace): what it is about to read."""
    ENTRY = "entry"
    """The system call's function begins: what a tracer, an auditor or a checker would read."""
    COPY = "copy"
    """The kernel's raw copy is complete: what every check of the kernel itself sees."""
    USE = "use"
    """The kernel acts on its copy."""
    EXIT = "exit"
    """The call returns: user memory once more, as tools that read arguments at exit see it."""


LADDER = (Stage.ENTRY, Stage.COPY, Stage.USE, Stage.EXIT)
"""The stages that every call can pass, first to last."""
STAGES = (Stage.SUPERVISE, *LADDER)
"""Every stage, first to last: only calls that a supervisor was asked about pass the first."""
