"""The probes at a system call's own function, which every call has: where it begins and returns."""

from __future__ import annotations

from detector.model.stage import Stage
from detector.syscalls.entry import Probe

NO_COMPAT = "the tracepoints of system calls leave 32-bit callers out"
"""kernel/trace/trace_syscalls.c: trace_get_syscall_nr, arch_trace_is_compat_syscall."""


def entry_probes(name: str, compat: tuple[str, ...], purpose: str) -> tuple[Probe, ...]:
    """Give the probes where the call `name` begins, of 64-bit callers and of 32-bit ones.

    `compat`: the functions that 32-bit callers may have, best first. `purpose` is for a person.
    """
    return (
        Probe(
            stage=Stage.ENTRY,
            abi="x86_64",
            symbols=(native(name),),
            returns=False,
            required=True,
            program="entry_x86_64",
            purpose=purpose,
            tracepoint=f"syscalls:sys_enter_{name}",
        ),
        Probe(
            stage=Stage.ENTRY,
            abi="i386",
            symbols=compat,
            returns=False,
            required=False,
            program="entry_i386",
            purpose="the same for 32-bit callers",
            untraced=NO_COMPAT,
        ),
    )


def exit_probes(name: str, compat: tuple[str, ...], purpose: str) -> tuple[Probe, ...]:
    """Give the probes where the call `name` returns, likewise."""
    return (
        Probe(
            stage=Stage.EXIT,
            abi="x86_64",
            symbols=(native(name),),
            returns=True,
            entered=False,
            required=False,
            program="exit",
            purpose=purpose,
            tracepoint=f"syscalls:sys_exit_{name}",
        ),
        Probe(
            stage=Stage.EXIT,
            abi="i386",
            symbols=compat,
            returns=True,
            entered=False,
            required=False,
            program="exit",
            purpose="the same for 32-bit callers",
            untraced=NO_COMPAT,
        ),
    )


def native(name: str) -> str:
    """Give the function of 64-bit callers (arch/x86/include/asm/syscall_wrapper.h)."""
    return f"__x64_sys_{name}"
