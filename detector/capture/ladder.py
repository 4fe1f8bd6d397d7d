"""Attaching a table entry's probes: each stage is armed, or lost alone and said."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from detector.capture.attachment import FEXIT
from detector.capture.vanished import BOTH
from detector.errors import AttachError, ObservationError
from detector.model.observation import StageState
from detector.syscalls.entry import Probe, Syscall


class Attaching(Protocol):
    """What attaching needs of a loaded program."""

    def attach_kprobe(self, symbol: str, program: str) -> str:
        """Attach at a function's beginning; give how. Raises AttachError."""

    def attach_return(self, symbol: str, program: str) -> str:
        """Attach at a function's return; give how. Raises AttachError."""


class Once:
    """Attaches each program once at each function: a function may serve several calls."""

    def __init__(self, program: Attaching) -> None:
        """Attach by `program`."""
        self._program = program
        self._done: dict[tuple[str, str, bool], str | AttachError] = {}

    def attach_kprobe(self, symbol: str, program: str) -> str:
        """Attach at a function's beginning; give how. Raises AttachError."""
        return self._once(self._program.attach_kprobe, symbol, program, returns=False)

    def attach_return(self, symbol: str, program: str) -> str:
        """Attach at a function's return; give how. Raises AttachError."""
        return self._once(self._program.attach_return, symbol, program, returns=True)

    def _once(
        self, attach: Callable[[str, str], str], symbol: str, program: str, *, returns: bool
    ) -> str:
        key = (symbol, program, returns)
        if key not in self._done:
            try:
                self._done[key] = attach(symbol, program)
            except AttachError as error:
                self._done[key] = error
        done = self._done[key]
        if isinstance(done, AttachError):
            raise done
        return done


def attach_ladder(program: Attaching, syscall: Syscall) -> tuple[StageState, ...]:
    """Attach every probe of `syscall`, trying its candidates in order.

    Raises ObservationError when a required one cannot be attached: without the entry there is
    nothing to watch.
    """
    return tuple(_attach_stage(program, syscall, probe) for probe in syscall.probes)


def _attach_stage(program: Attaching, syscall: Syscall, probe: Probe) -> StageState:
    reasons = []
    for symbol in probe.symbols:
        try:
            via = _attach(program, probe, symbol)
        except AttachError as error:
            reasons.append(str(error))
            continue
        return StageState(
            syscall=syscall.name, stage=probe.stage, abi=probe.abi, armed=True, via=via
        )
    if probe.required:
        raise ObservationError(
            f"{syscall.name}: the {probe.stage} stage cannot be probed ({'; '.join(reasons)}); "
            "without it there is nothing to watch; see `toctrace doctor`"
        )
    return StageState(
        syscall=syscall.name,
        stage=probe.stage,
        abi=probe.abi,
        armed=False,
        via="",
        reason="; ".join(reasons),
    )


def _attach(program: Attaching, probe: Probe, symbol: str) -> str:
    if not probe.returns:
        return program.attach_kprobe(symbol, probe.program)
    # the return goes first: a beginning that is counted without its return is a loss
    after = program.attach_return(symbol, probe.program)
    if not probe.entered or after.startswith(FEXIT):
        return after
    return f"{program.attach_kprobe(symbol, probe.program)}{BOTH}{after}"
