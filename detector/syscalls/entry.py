"""The shape of a table entry: symbols by stage, argument positions, how long, how to compare."""

from __future__ import annotations

import msgspec

from detector.model.form import Form
from detector.model.stage import Stage


class Parameter(msgspec.Struct, frozen=True):
    """One argument of a call, as its manual page has it."""

    name: str
    type: str
    """In C, as the kernel declares it (SYSCALL_DEFINE); of addresses, as the manual page does."""
    meaning: str
    """For a person."""
    by_value: bool = True
    """Whether nothing is read or written where it points, if it points somewhere."""
    optional: bool = False
    """Whether it may be NULL."""
    example: int = 0
    """What it is in an example; masks and their lengths are made up."""

    @property
    def is_address(self) -> bool:
        """Whether it is the address of something."""
        return self.type.endswith("*")


class Argument(msgspec.Struct, frozen=True, kw_only=True):
    """A user pointer that is raceable."""

    name: str
    position: int
    """Index in the call's registers, from 0; also the argument's number in bpf/records.h."""
    length_position: int | None = None
    """Index of the argument that says how much there is: of a nodemask its bits plus one
    (`maxnode`), of a socket address its bytes, of an array its elements; None: it ends itself."""
    form: Form = Form.NODEMASK
    """What is at its address."""
    exact: bool = False
    """Whether the use is seen as the kernel's copy, unchanged: there is no stage between entry and
    use. A look that was denied then counts only where what backs the page is not the program's
    own, as a first touch of a constant in a program's file is common and honest."""
    used_apart: bool = False
    """Whether it is used later than the call's first argument, at a place of its own."""
    in_pieces: bool = False
    """Whether the kernel uses a piece of it at a time, which is seen element by element: of those
    that no piece had nothing is seen (as in a call that fails half-way)."""
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
    """Whether what it is given is needed too: where its return is not taken by fexit, its beginning
    is probed as well, and counted."""
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
    compat_number: int
    """Its number for 32-bit callers (syscall_32.tbl)."""
    parameters: tuple[Parameter, ...]
    """What the call's registers carry, in order."""
    arguments: tuple[Argument, ...]
    """In the order in which the kernel copies them; at most two masks (TOCTRACE_MASKS)."""
    probes: tuple[Probe, ...]
    hot: bool = False
    """Whether it is watched only where it is asked for by name: many programs make it often."""
    hook: str = ""
    """The LSM hook between its copy and its use, where it can be refused; empty: there is none."""
    success_is_use: bool
    """Whether a return value of 0 or more means that the use stage was passed."""
    exit_looks: bool = True
    """False: the caller's memory is another at the exit (execve), so nothing is held against it."""
    summary: str
    """What it does, for a person."""
    limits: tuple[str, ...]
    """What cannot be seen of it, whatever the kernel; for a person."""
    uring: tuple[str, ...] = ()
    """io_uring's operations that do the same without it (include/uapi/linux/io_uring.h)."""
    related: tuple[str, ...]
    """Calls that do something alike."""
    scenario: str
    """The simulation that shows it raced."""
    returns: str
    """What a return value of 0 or more counts, for a person; empty: nothing."""

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the call's registers, in order."""
        return tuple(parameter.name for parameter in self.parameters)

    @property
    def stages(self) -> frozenset[Stage]:
        """The stages that it has at all."""
        return frozenset(probe.stage for probe in self.probes)

    @property
    def apart(self) -> bool:
        """Whether each argument has a snapshot of its own at every stage; masks share one."""
        return self.arguments[0].form is not Form.NODEMASK
