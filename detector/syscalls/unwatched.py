"""The calls of the family that are not watched, and why: listed, so that nobody has to wonder."""

from __future__ import annotations

import msgspec


class Unwatched(msgspec.Struct, frozen=True, kw_only=True):
    """One call that is not watched."""

    name: str
    raceable: bool
    """Whether a race could deceive who looked at its arguments."""
    reason: str
    """Why it is not watched, for a person."""


UNWATCHED: tuple[Unwatched, ...] = (
    Unwatched(
        name="get_mempolicy",
        raceable=False,
        reason="its mask is an output: the kernel writes it, and reads nothing there",
    ),
    Unwatched(
        name="set_mempolicy_home_node",
        raceable=False,
        reason="it takes no pointer to anything that it reads: every argument is a value",
    ),
)
