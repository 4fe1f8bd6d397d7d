"""Attaching entry and exit by the tracepoints of system calls: what is left without kprobes."""

from __future__ import annotations

from typing import Protocol

from detector.errors import AttachError, ObservationError
from detector.model.observation import StageState
from detector.model.stage import Stage
from detector.syscalls.entry import Probe, Syscall

PROGRAMS = {Stage.ENTRY: "sys_enter", Stage.EXIT: "sys_exit"}
"""By stage: the program in bpf/tracepoint.bpf.c."""


class AttachingTracepoints(Protocol):
    """What attaching needs of a loaded program."""

    def attach_tracepoint(self, event: str, program: str) -> str:
        """Attach at `category:name`; give how. Raises AttachError."""


def attach_tracepoints(program: AttachingTracepoints, syscall: Syscall) -> tuple[StageState, ...]:
    """Attach the stages of `syscall` that have a tracepoint, and name those that have none.

    Raises ObservationError without the entry: there is nothing to watch then.
    """
    return tuple(_attach_stage(program, syscall, probe) for probe in syscall.probes)


def _attach_stage(program: AttachingTracepoints, syscall: Syscall, probe: Probe) -> StageState:
    via, reason = "", probe.untraced
    if probe.tracepoint:
        try:
            via, reason = program.attach_tracepoint(probe.tracepoint, PROGRAMS[probe.stage]), ""
        except AttachError as error:
            reason = str(error)
        if probe.required and not via:
            raise ObservationError(
                f"{syscall.name}: the tracepoint {probe.tracepoint} cannot be attached ({reason});"
                " is tracefs mounted? (mount -t tracefs tracefs /sys/kernel/tracing)"
            )
    return StageState(
        syscall=syscall.name,
        stage=probe.stage,
        abi=probe.abi,
        armed=bool(via),
        via=via,
        reason=reason,
    )
