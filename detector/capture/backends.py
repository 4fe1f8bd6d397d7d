"""The backends: which programs are compiled, and how they are brought to their places."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

import msgspec

from detector.capture.bcc_program import Program
from detector.capture.ladder import Attaching, Once, attach_ladder
from detector.capture.tracepoints import attach_tracepoints
from detector.errors import AttachError
from detector.model.observation import StageState
from detector.model.stage import LADDER, Stage
from detector.syscalls.entry import Syscall


class Backend(msgspec.Struct, frozen=True, kw_only=True):
    """One way to see calls."""

    name: str
    source: str
    """The main file in bpf/."""
    stages: frozenset[Stage] = frozenset(LADDER)
    """What it can see, where the kernel has all its symbols: what its gate compares."""
    attach: Callable[[Program, Iterable[Syscall]], tuple[StageState, ...]]
    """Attach every stage that can be, of every call. Raises ObservationError where an entry
    cannot."""
    attach_faults: Callable[..., tuple[str, ...]]
    """Attach where a userfaultfd handler is asked for a page, and (`exact`) where any page is
    faulted in; give what is not told where that cannot be, for a person."""


class _Tracing:
    """A program's fentry and fexit in the place of kprobes: one for each function's name."""

    def __init__(self, program: Program) -> None:
        self._program = program

    def attach_kprobe(self, symbol: str, program: str) -> str:
        """Attach at a function's beginning; give how. Raises AttachError."""
        return self._program.attach_fentry(symbol, program)

    def attach_return(self, symbol: str, program: str) -> str:
        """Attach at a function's return; give how. Raises AttachError."""
        return self._program.attach_fexit(symbol, program)


def _ladders(program: Attaching, syscalls: Iterable[Syscall]) -> tuple[StageState, ...]:
    once = Once(program)
    return tuple(state for syscall in syscalls for state in attach_ladder(once, syscall))


def _by_tracing(program: Program, syscalls: Iterable[Syscall]) -> tuple[StageState, ...]:
    return _ladders(_Tracing(program), syscalls)


def _by_tracepoints(program: Program, syscalls: Iterable[Syscall]) -> tuple[StageState, ...]:
    return tuple(state for syscall in syscalls for state in attach_tracepoints(program, syscall))


USERFAULTFD = Path("/proc/sys/vm/unprivileged_userfaultfd")
"""There where the kernel has userfaultfd (fs/userfaultfd.c); else nobody can hold a page by it."""
_HELD = (
    "handle_userfault",
    "fault_held",
    "of pages that a userfaultfd handler holds nothing is told",
)
"""Function, program, and what is not told without it."""
_EVERY = (
    "handle_mm_fault",
    "fault",
    "a look that was denied is judged without what backs its page, as if that were private",
)
"""Asked only for calls in which a denied look is judged by what backs the page."""


def _attach_faults(program: Attaching, *, exact: bool) -> tuple[str, ...]:
    untold = []
    for symbol, name, without in (_HELD, *((_EVERY,) if exact else ())):
        try:
            program.attach_kprobe(symbol, name)
        except AttachError as error:
            if symbol != _HELD[0] or USERFAULTFD.exists():
                untold.append(f"{without} ({error})")
    return tuple(untold)


def _faults_by_fentry(program: Program, *, exact: bool) -> tuple[str, ...]:
    return _attach_faults(_Tracing(program), exact=exact)


def _no_faults(_: Program, *, exact: bool) -> tuple[str, ...]:
    """No tracepoint tells of them; that the use is not seen is said of each call."""
    del exact
    return ()


KPROBE = Backend(
    name="kprobe",
    source="kprobe.bpf.c",
    attach=_ladders,
    attach_faults=_attach_faults,
)
"""The full ladder."""
FENTRY = Backend(
    name="fentry",
    source="fentry.bpf.c",
    attach=_by_tracing,
    attach_faults=_faults_by_fentry,
)
"""The same ladder, cheaper, where the kernel allows it; programs can be skipped."""
TRACEPOINT = Backend(
    name="tracepoint",
    source="tracepoint.bpf.c",
    attach=_by_tracepoints,
    attach_faults=_no_faults,
    stages=frozenset({Stage.ENTRY, Stage.EXIT}),
)
"""Entry and exit alone, for kernels without kprobes."""

BACKENDS = {backend.name: backend for backend in (KPROBE, FENTRY, TRACEPOINT)}
