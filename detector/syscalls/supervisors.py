"""Where supervisors are asked, whatever call it is about: probed with `--supervise` alone."""

from __future__ import annotations

import msgspec

from detector.model.observers import Present


class Asking(msgspec.Struct, frozen=True, kw_only=True):
    """One place in the kernel where a supervisor is about to be asked."""

    supervisor: Present
    symbols: tuple[str, ...]
    """Candidates, best first: static functions may be renamed. Asked for, never assumed."""
    program: str
    """The C program in bpf/ that runs there (for the return, its name after `_return`)."""
    purpose: str


SUPERVISED = (
    Asking(
        supervisor=Present.NOTIFY,
        symbols=(
            "seccomp_do_user_notification",
            "seccomp_do_user_notification.constprop.0",
            "seccomp_do_user_notification.isra.0",
        ),
        program="notified",
        purpose="with `--supervise`: user memory before a seccomp-notify supervisor decides",
    ),
    # its second parameter, which tells an entry's stop from an exit's, is there since 5.18
    Asking(
        supervisor=Present.TRACER,
        symbols=("ptrace_notify",),
        program="stopped",
        purpose="with `--supervise`: user memory before a tracer decides",
    ),
)
