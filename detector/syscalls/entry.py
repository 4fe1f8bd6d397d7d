"""The shape of a table entry: symbols by stage, argument positions, how long, how to compare."""

from __future__ import annotations

import msgspec

from detector.model.stage import Stage


class Argument(msgspec.Struct, frozen=True, kw_only=True):
    """A user pointer that is raceable."""

    name: str
    position: int
    """Index in the call's registers, from 0; also the argument's number in bpf/records.h."""
    bits_position: int
    """Index of the argument that says how many bits there are (`maxnode`)."""
    narrowed: bool = False
    """Whether the kernel honestly takes bits away (AND the caller's cpuset) before the use."""


class Probe(msgspec.Struct, frozen=True, kw_only=True):
    """One place in the kernel that is probed."""

    stage: Stage
    abi: str
    """`x86_64`, `i386`, or `any` where both pass."""
    symbols: tuple[str, ...]
    """Candidates, best first: static functions may be renamed. Asked for, never assumed."""
    returns: bool
    """Whether the function's return is needed."""
    entered: bool = True
    """Whether its beginning is needed too (for a return: counted, so that a miss is known)."""
    required: bool
    """Without it there is nothing to watch."""
    program: str
    """The C program in bpf/ that runs there (for a return, its name after `_return`)."""
    purpose: str
    tracepoint: str = ""
    """The tracepoint that stands in where there are no kprobes, as `category:name`."""
    untraced: str = "between entry and exit the kernel has no tracepoint"
    """Why there is none; without meaning where there is one."""


class Syscall(msgspec.Struct, frozen=True, kw_only=True):
    """One watched system call."""

    name: str
    wire: int
    """Its number in bpf/records.h."""
    number: int
    """Its number on x86-64 (arch/x86/entry/syscalls/syscall_64.tbl)."""
    parameters: tuple[str, ...]
    """The names of the call's registers in order, as the manual page has them."""
    arguments: tuple[Argument, ...]
    probes: tuple[Probe, ...]
    hook: str = ""
    """The LSM hook between its copy and its use, where it can be refused; empty: there is none."""
    success_is_use: bool
    """Whether a return value of 0 or more means that the use stage was passed."""
    returns: str
    """What a return value of 0 or more counts, for a person."""
