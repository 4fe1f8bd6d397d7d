"""What a check says, and the report that all of them make: the types behind `doctor --json`."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from detector.doctor.printable import printable
from detector.exits import Exit

SCHEMA_VERSION = 1
"""Rises when a field changes its meaning or goes away; new fields alone do not raise it."""


class State(StrEnum):
    """What a check came to."""

    OK = "ok"
    PROBLEM = "problem"
    UNKNOWN = "unknown"
    """The host would not say. It disables nothing: what is unknown is tried."""


class Effect(StrEnum):
    """What follows from a problem."""

    NONE = "none"
    FATAL = "fatal"
    """Nothing can be observed."""
    STAGE = "stage"
    """One stage of one system call is lost, or one kind of caller at that stage."""
    NOTE = "note"
    """Good to know; every stage can still be observed."""


class Verdict(StrEnum):
    """What can be observed on this host."""

    EVERYTHING = "everything"
    SOME = "some"
    NOTHING = "nothing"


EXITS = {
    Verdict.EVERYTHING: Exit.CLEAN,
    Verdict.SOME: Exit.DEGRADED,
    Verdict.NOTHING: Exit.UNOBSERVED,
}


class CheckResult(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was asked of the host, and what it answered."""

    id: str
    """Stable name, `group.check`, for scripts to look for."""
    state: State
    effect: Effect
    found: str
    remedy: str = ""
    """What to do about it, one sentence; empty where nothing is to be done."""
    commands: tuple[str, ...] = ()
    """The remedy as shell commands, for this host's distribution."""
    syscall: str | None = None
    stage: str | None = None
    """The stage that this is about, where it is about one."""


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """What `doctor` found."""

    schema_version: int
    tool_version: str
    release: str
    """The running kernel, as uname(2) has it."""
    machine: str
    verdict: Verdict
    exit_code: int
    tried: bool
    """Whether the probes were really attached, or the kernel was only asked."""
    checks: tuple[CheckResult, ...]


def fine(
    id_: str, found: str, *, syscall: str | None = None, stage: str | None = None
) -> CheckResult:
    """Say that what was asked for is there."""
    return CheckResult(
        id=id_,
        state=State.OK,
        effect=Effect.NONE,
        found=printable(found),
        syscall=syscall,
        stage=stage,
    )


def problem(
    id_: str,
    effect: Effect,
    found: str,
    *,
    remedy: str,
    commands: tuple[str, ...] = (),
    syscall: str | None = None,
    stage: str | None = None,
) -> CheckResult:
    """Say what is wrong, what follows from it, and what to do."""
    return CheckResult(
        id=id_,
        state=State.PROBLEM,
        effect=effect,
        found=printable(found),
        remedy=printable(remedy),
        commands=tuple(map(printable, commands)),
        syscall=syscall,
        stage=stage,
    )


def unknown(
    id_: str,
    found: str,
    *,
    remedy: str = "",
    commands: tuple[str, ...] = (),
    syscall: str | None = None,
    stage: str | None = None,
) -> CheckResult:
    """Say that the host would not answer, and how to make it."""
    return CheckResult(
        id=id_,
        state=State.UNKNOWN,
        effect=Effect.NOTE,
        found=printable(found),
        remedy=printable(remedy),
        commands=tuple(map(printable, commands)),
        syscall=syscall,
        stage=stage,
    )
