"""The supervisors' window as it is compiled in and attached; ordinary starts have none of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

from detector.errors import AttachError, ObservationError
from detector.model.observation import StageState
from detector.model.stage import Stage
from detector.syscalls.entry import Syscall
from detector.syscalls.supervisors import SUPERVISED, Asking


class Attaching(Protocol):
    """What attaching needs of a loaded program."""

    def attach_kprobe(self, symbol: str, program: str) -> str:
        """Attach at a function's beginning; give how. Raises AttachError."""

    def attach_return(self, symbol: str, program: str) -> str:
        """Attach at a function's return; give how. Raises AttachError."""


def supervising_defines(*, supervise: bool, fields: Mapping[str, int]) -> dict[str, int]:
    """Give what the programs are told when they are compiled; `fields` as of `kernel_fields`.

    Raises ObservationError where the kernel does not tell a program its task's registers.
    """
    if not supervise:
        return {}
    if not fields["TOCTRACE_TASK_PT_REGS"]:
        raise ObservationError(
            "--supervise needs Linux 5.15 or newer: this kernel does not tell a program its task's "
            "registers, and so not which call a supervisor is asked about"
        )
    return {"TOCTRACE_WITH_SUPERVISE": 1}


def attach_supervise(
    program: Attaching, syscalls: Iterable[Syscall], *, supervise: bool
) -> tuple[StageState, ...]:
    """Attach where supervisors are asked; give the stage of each call, for each kind of them.

    Raises ObservationError where none of these can be attached: it was asked for.
    """
    if not supervise:
        return ()
    looked_at = [syscall for syscall in syscalls if not syscall.apart]
    if not looked_at:
        raise ObservationError(
            "--supervise: what a supervisor sees is taken of nodemasks alone, and no call that"
            " takes one is watched; add one to --syscalls, or leave --supervise out"
        )
    attached = [_attach(program, place) for place in SUPERVISED]
    if not any(via for via, _ in attached):
        reasons = "; ".join(reason for _, reason in attached)
        raise ObservationError(f"--supervise: no place where supervisors are asked ({reasons})")
    return tuple(
        StageState(
            syscall=syscall.name,
            stage=Stage.SUPERVISE,
            abi="any",
            armed=bool(via),
            via=via,
            reason=reason,
        )
        for syscall in looked_at
        for via, reason in attached
    )


def _attach(program: Attaching, place: Asking) -> tuple[str, str]:
    """Attach at the first symbol that can be; give how, and why not.

    The return goes first: a look whose decision goes unseen could be taken for a later call's.
    """
    reasons = []
    for symbol in place.symbols:
        try:
            after = program.attach_return(symbol, place.program)
            return f"{program.attach_kprobe(symbol, place.program)} + {after}", ""
        except AttachError as error:
            reasons.append(str(error))
    return "", f"{place.supervisor}: {'; '.join(reasons)}"
