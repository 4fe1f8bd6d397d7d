"""Live capture on this host: load, attach, arm, prove, read."""

from __future__ import annotations

import os
from collections import deque
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec
import structlog

from detector.capture.backends import KPROBE, Backend
from detector.capture.bcc_program import Program
from detector.capture.callers import Callers
from detector.capture.clauses import encode_clauses
from detector.capture.decode import decode
from detector.capture.decode_caller import decode_caller, is_caller
from detector.capture.enforcing import (
    Enforcing,
    attach_enforcement,
    encode_enforcement,
    enforcing_defines,
)
from detector.capture.fields import EXACT, kernel_fields
from detector.capture.filters import Filters, encode
from detector.capture.kept import Kept
from detector.capture.layouts import layouts
from detector.capture.leftovers import remove_leftovers
from detector.capture.marks import Marked, decode_mark, seed_value
from detector.capture.supervising import attach_supervise, supervising_defines
from detector.capture.vanished import without
from detector.capture.wire import CLAUSES, Armed, Counter, Seed
from detector.errors import AttachError
from detector.model.enforcement import Enforced
from detector.model.observation import StageState
from detector.model.snapshot import Loss, Snapshot
from detector.model.stage import Stage
from detector.resources import bpf_file
from detector.rules.enforceable import Named
from detector.syscalls.entry import Syscall
from detector.syscalls.table import DEFAULT

RING_BYTES = 8 << 20
"""Room for about 16,000 snapshots between two readings."""
MARKS = 65536
"""Most marked descendants alive at one time; more are counted, not followed."""

_PAGE = 4096
_PEEK_MS = 20
_ZERO = (0).to_bytes(4, "little")
_LOSSES = {
    Counter.RING_FULL: "ring buffer full",
    Counter.STATE_FULL: "no memory for a task's state",
    Counter.MARKS_FULL: "map of marked descendants full",
    Counter.COPY_MISSED: "return probe of a copy missed",
    Counter.EXIT_MISSED: "exit probe missed",
}
_ENFORCED = {
    Enforced.REFUSED: Counter.CALLS_REFUSED,
    Enforced.WOULD_REFUSE: Counter.CALLS_UNREFUSED,
    Enforced.KILLED: Counter.CALLS_KILLED,
    Enforced.LET_THROUGH: Counter.CALLS_LET_THROUGH,
}
SKIPPED = "program skipped by the kernel"
"""A program that was to run while the kernel ran none on that CPU, as one was running there."""


log: structlog.stdlib.BoundLogger = structlog.get_logger()


class Totals(msgspec.Struct, frozen=True):
    """What the kernel counted, whole run."""

    begun: int
    exited: int
    equal: int
    """Calls that the gate found equal at every stage, and did not send."""
    sent: int
    """Calls of which at least one snapshot was sent, or should have been."""
    lost: dict[str, int]
    cut_by_start: int
    out_of_scope: int
    callers_lost: int = 0
    """Callers that found no room on their way up: names that are lost, and no snapshot."""
    unbacked: int = 0
    """Of `equal`, calls with a look that was denied, and nothing odd behind the page."""
    looks_dropped: int = 0
    """Calls that a supervisor refused, or that went in as another one."""
    enforced: dict[Enforced, int] = {}
    """Calls on which enforcement decided."""

    @property
    def held(self) -> int:
        """Calls that were begun, have not ended, and are held behind the gate."""
        return max(self.begun - self.equal - self.sent, 0)


class Capture:
    """The programs attached to this host's kernel, disarmed until `arm`.

    Raises ObservationError on entry when nothing can be observed. On exit everything is detached.
    """

    def __init__(
        self,
        syscalls: tuple[Syscall, ...] = DEFAULT,
        *,
        backend: Backend = KPROBE,
        because: str = "",
        enforcing: Enforcing | None = None,
        supervise: bool = False,
    ) -> None:
        """Watch the entries of `syscalls` by `backend`.

        `because`: why it stands in for a better one; empty where it does not. `enforcing`: stop
        raced calls, from `enforce` on. `supervise`: look where supervisors are asked, too.
        """
        self.because = because
        self.enforcing = enforcing
        self._supervise = supervise
        self._bank = 0
        self._syscalls = syscalls
        self._exact = any(call.apart for call in syscalls)
        self._backend = backend
        self._stages: tuple[StageState, ...] = ()
        self._untold: tuple[str, ...] = ()
        self._unfollowed = ""
        self._arrived: deque[Snapshot | Loss] = deque()
        self._own: list[Snapshot] = []
        self._callers = Callers()
        self._reported: dict[str, int] = {}
        self._namespace = Path("/proc/self/ns/pid").stat().st_ino
        self._filters = Filters()
        self._kept: Kept | None = None

    def __enter__(self) -> Self:
        """Compile and attach."""
        self.open()
        return self

    def open(self) -> None:
        """Compile and attach. Raises ObservationError when nothing can be observed."""
        self.load()
        remove_leftovers()
        try:
            self.attach()
            self._kept = Kept(lambda: self._program.attached)
        except BaseException:
            self.close()
            raise

    def load(self) -> None:
        """Compile. Raises ObservationError where that fails."""
        self.compile(self.defines())

    def defines(self) -> dict[str, int]:
        """Give what the programs are told of the kernel, and of what is asked of them.

        Raises ObservationError where the kernel does not tell.
        """
        fields = kernel_fields(more=EXACT if self._exact else ())
        return {
            "TOCTRACE_MARKS": MARKS,
            "TOCTRACE_RING_PAGES": RING_BYTES // _PAGE,
            **fields,
            **enforcing_defines(self.enforcing, fields),
            **({"TOCTRACE_EXACTS": 1} if self._exact else {}),
            **supervising_defines(supervise=self._supervise, fields=fields),
        }

    def compile(self, defines: dict[str, int]) -> None:
        """Compile with these. Raises ObservationError where that fails."""
        self._program = Program(bpf_file(self._backend.source), defines)
        for place, layout in layouts(self._syscalls):
            self._program.write("layouts", place.to_bytes(4, "little"), layout)
        self._program.open_ring("snapshots", self._receive)

    def attach(self) -> None:
        """Attach what is loaded. Raises ObservationError when nothing can be observed."""
        self._follow_executions()
        self._stages = (
            *attach_supervise(self._program, self._syscalls, supervise=self._supervise),
            *self._backend.attach(self._program, self._syscalls),
        )
        self._untold = self._backend.attach_faults(self._program, exact=self._exact)
        attach_enforcement(self._program, self.enforcing)

    def _follow_executions(self) -> None:
        """Keep the arguments that execve was given; else they are read at the call."""
        self._unfollowed = ""
        try:
            self._program.attach_raw_tracepoint("sched_process_exec")
        except AttachError as error:
            self._unfollowed = str(error)
            log.info("executions_unfollowed", reason=self._unfollowed)

    def detach(self) -> None:
        """Detach; what is loaded can be attached again."""
        self._program.detach()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Detach everything."""
        self.close()

    def close(self) -> None:
        """Detach everything."""
        if self._kept is not None:
            self._kept.close()
            self._kept = None
        self._program.close()

    @property
    def backend(self) -> str:
        """The backend's name."""
        return self._backend.name

    @property
    def watched(self) -> tuple[str, ...]:
        """The names of the watched system calls."""
        return tuple(syscall.name for syscall in self._syscalls)

    @property
    def stages(self) -> tuple[StageState, ...]:
        """Every stage of every watched call, armed or not, as last known."""
        return self._stages

    @property
    def untold(self) -> tuple[str, ...]:
        """What is not told of the watched calls for want of a probe that takes no stage."""
        used = {
            f"{call.name}: of its {argument.name} nothing is compared ({self._unfollowed})"
            for call in self._syscalls
            for argument in call.arguments
            if argument.used_apart and self._unfollowed
        }
        return (*self._untold, *sorted(used))

    @property
    def armed_stages(self) -> frozenset[Stage]:
        """The stages that at least one ABI of at least one call has."""
        return frozenset(state.stage for state in self._stages if state.armed)

    def follow_descendants(self) -> None:
        """Let marked tasks' children be marked too. Raises AttachError when refused."""
        self._program.attach_raw_tracepoint("sched_process_exit")
        self._program.attach_raw_tracepoint("sched_process_fork")

    def mark(self, pidfd: int, seed: Seed) -> None:
        """Mark the task of a pidfd in the kernel, whatever its number is in any namespace."""
        self._program.write("seeds", pidfd.to_bytes(4, "little"), seed_value(seed))

    def unmark(self, pidfd: int) -> None:
        """Take the mark from the task of a pidfd."""
        self._program.delete("seeds", pidfd.to_bytes(4, "little"))

    def marked(self) -> tuple[Marked, ...]:
        """Give the marked descendants that are alive."""
        return tuple(map(decode_mark, self._program.values("marks")))

    def arm(self, filters: Filters, *, gated: bool = False) -> None:
        """Begin to watch the calls that `filters` let through.

        `gated`: compare in the kernel, and send only calls that are not plainly the same at every
        stage. Own calls are always sent.
        """
        self._filters = filters
        self._configure(Armed.GATED if gated else Armed.ALL)

    def enforce(self, named: tuple[Named, ...]) -> None:
        """From here on stop the raced calls of those that are named, and of no others.

        Own raced calls are stopped whoever is named, and never killed. To be called only where
        the capture was made with `enforcing`.
        """
        assert self.enforcing is not None  # noqa: S101  (its programs are not compiled in)
        self._bank = 1 - self._bank
        clauses = encode_clauses(named, blind=self.enforcing.blind)
        for number, clause in enumerate(clauses, start=self._bank * CLAUSES):
            self._program.write("clauses", number.to_bytes(4, "little"), clause)
        self._program.write("enforcement", _ZERO, encode_enforcement(self.enforcing, self._bank))

    def disarm(self) -> None:
        """Begin no further call; calls that were begun are still followed."""
        self._configure(Armed.DISARMED)

    def _configure(self, armed: Armed) -> None:
        config = encode(self._filters, armed=armed, pid_namespace=self._namespace)
        self._program.write("config", _ZERO, config)

    def read(self, timeout_ms: int) -> list[Snapshot | Loss]:
        """Wait at most `timeout_ms`, and give what arrived, in order, losses in their place.

        What is there is given in portions, by one reading after another; with 0, all of it at once.
        """
        if timeout_ms:
            self._program.poll(timeout_ms)
        else:
            self._program.drain()
        self._note_losses()
        arrived = list(self._arrived)
        self._arrived.clear()
        return arrived

    def peek(self) -> None:
        """Receive what is there, and keep it for the next `read`."""
        self._program.poll(_PEEK_MS)

    def take_own(self) -> list[Snapshot]:
        """Give the snapshots of the tool's own calls that arrived since the last time."""
        own, self._own = self._own, []
        return own

    @property
    def gateable(self) -> bool:
        """Whether every stage is there that the gate compares: else it would hold for ever."""
        entered = {
            state.abi for state in self._stages if state.stage is Stage.ENTRY and state.armed
        }
        return all(
            state.armed
            for state in self._stages
            if state.stage in self._backend.stages and state.abi in entered | {"any"}
        )

    def silence(self, syscall: str, stage: Stage, abi: str, reason: str) -> None:
        """Take a stage of a call as lost that attached and then said nothing."""
        self._stages = tuple(
            msgspec.structs.replace(state, armed=False, reason=reason)
            if (state.syscall, state.stage) == (syscall, stage)
            and state.abi in {abi, "any"}
            and state.armed
            else state
            for state in self._stages
        )

    def lose_vanished(self) -> list[str]:
        """Take the stages as lost whose probes went since the last time; say which, and why."""
        vanished = self._kept.lost() if self._kept is not None else {}
        self._stages, problems = without(self._stages, vanished)
        return problems

    def totals(self) -> Totals:
        """Read the kernel's counters."""
        counters = self._program.sums("counters")
        return Totals(
            begun=counters[Counter.CALLS],
            exited=counters[Counter.EXITS],
            equal=counters[Counter.EQUAL],
            sent=counters[Counter.SENT],
            lost={cause: count for cause, count in self._losses(counters).items() if count},
            cut_by_start=counters[Counter.CUT_BY_START],
            out_of_scope=counters[Counter.OUT_OF_SCOPE],
            callers_lost=counters[Counter.CALLER_LOST],
            unbacked=counters[Counter.UNBACKED],
            looks_dropped=counters[Counter.LOOKS_DROPPED],
            enforced={word: n for word, at in _ENFORCED.items() if (n := counters[at])},
        )

    def _receive(self, record: bytes) -> None:
        if is_caller(record):
            self._callers.keep(*decode_caller(record))
            return
        snapshot = self._callers.given(decode(record))
        if snapshot.own:
            self._own.append(snapshot)
        else:
            self._arrived.append(snapshot)

    def _note_losses(self) -> None:
        for cause, count in self._losses(self._program.sums("counters")).items():
            new = count - self._reported.get(cause, 0)
            if new:
                self._arrived.append(Loss(cause, new))
                self._reported[cause] = count

    def _losses(self, counters: list[int]) -> dict[str, int]:
        """Give every loss so far by its cause."""
        counted = {cause: counters[counter] for counter, cause in _LOSSES.items()}
        return counted | {SKIPPED: self._program.skipped()}


def own_pidfd() -> int:
    """Open a pidfd of the calling process (its leading thread)."""
    return os.pidfd_open(os.getpid())
