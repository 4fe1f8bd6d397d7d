"""Who was there to look at a call, besides the tool itself, and where each of them looks."""

from __future__ import annotations

from enum import StrEnum

from detector.model.stage import Stage


class Present(StrEnum):
    """Somebody who is told of a task's system calls."""

    NOTIFY = "seccomp-notify"
    """A seccomp filter of the task has a listener (SECCOMP_FILTER_FLAG_NEW_LISTENER)."""
    TRACER = "tracer"
    """The task is traced (ptrace)."""
    AUDIT = "audit"
    """The audit system keeps the task's calls."""
    TRACEPOINT = "tracepoint"
    """Somebody uses a tracepoint of all system calls (raw_syscalls, sys_enter): many sensors do."""


SUPERVISORS = (Present.NOTIFY, Present.TRACER)
"""Those who can refuse a call, and so are asked before it begins."""

LOOKS_AT: dict[Present, Stage] = {
    Present.NOTIFY: Stage.SUPERVISE,
    Present.TRACER: Stage.SUPERVISE,
    Present.TRACEPOINT: Stage.ENTRY,
}
"""Where each of them reads what an argument points to. The audit system reads registers alone
(kernel/auditsc.c: __audit_syscall_entry), and no mask of a call can deceive it."""
