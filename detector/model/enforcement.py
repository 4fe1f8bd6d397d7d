"""Enforcement: what is done about a raced call on request, and what became of each call."""

from __future__ import annotations

from enum import StrEnum


class Mode(StrEnum):
    """What `--enforce` does."""

    REFUSE = "refuse"
    """The call fails with EPERM, before any page moves."""
    KILL = "kill"
    """Its caller is sent SIGKILL; the call itself may go through."""
    DRY_RUN = "dry-run"
    """Nothing; what would be refused is told."""


class Enforced(StrEnum):
    """What enforcement made of a call."""

    REFUSED = "refused"
    WOULD_REFUSE = "would be refused"
    KILLED = "killed"
    LET_THROUGH = "let through"
    """It came to the hook and was not stopped: the kernel could not tell that it was raced."""
    NOT_ENFORCEABLE = "not enforceable"
    """It never came to a hook between its copy and its use."""
