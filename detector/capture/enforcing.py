"""Enforcement as it is compiled in and attached; ordinary starts have none of it."""

from __future__ import annotations

import struct
from collections.abc import Mapping
from typing import Protocol

import msgspec

from detector.capture.wire import ENFORCEMENT, Enforce
from detector.errors import AttachError, ObservationError
from detector.model.enforcement import Mode
from detector.syscalls.table import SYSCALLS

_WIRE = {Mode.REFUSE: Enforce.REFUSE, Mode.KILL: Enforce.KILL, Mode.DRY_RUN: Enforce.DRY_RUN}
_KILLER = "kill_caller"
"""The program of bpf/enforce.h that is attached as a kprobe."""


class Enforcing(msgspec.Struct, frozen=True, kw_only=True):
    """What is done about raced calls."""

    mode: Mode
    blind: bool = False
    """Whether a call that the kernel cannot judge is stopped, too."""


class Attaching(Protocol):
    """What attaching needs of a loaded program."""

    def attach_lsm(self, hook: str) -> str:
        """Attach the program of an LSM hook; give how. Raises AttachError."""

    def attach_kprobe(self, symbol: str, program: str) -> str:
        """Attach at a function's beginning; give how. Raises AttachError."""


def enforcing_defines(enforcing: Enforcing | None, fields: Mapping[str, int]) -> dict[str, int]:
    """Give what the programs are told when they are compiled; `fields` as of `kernel_fields`.

    Raises ObservationError where the kernel does not tell a program which system call a task is in.
    """
    if enforcing is None:
        return {}
    if not fields["TOCTRACE_TASK_PT_REGS"]:
        raise ObservationError(
            "--enforce needs Linux 5.15 or newer: this kernel does not tell a program its task's "
            "registers, and so not which of the calls at the hook it is in"
        )
    return {"TOCTRACE_ENFORCE": 1}


def encode_enforcement(enforcing: Enforcing, bank: int) -> bytes:
    """Make the `struct toctrace_enforcement` that uses a bank of clauses."""
    return struct.pack(ENFORCEMENT.format, _WIRE[enforcing.mode], bank)


def attach_enforcement(program: Attaching, enforcing: Enforcing | None) -> None:
    """Attach at the hook of every call that has one. Raises ObservationError where that fails."""
    if enforcing is None:
        return
    for hook in dict.fromkeys(call.hook for call in SYSCALLS if call.hook):
        try:
            if enforcing.mode is Mode.KILL:
                program.attach_kprobe(f"security_{hook}", _KILLER)
            else:
                program.attach_lsm(hook)
        except AttachError as error:
            raise ObservationError(
                f"--enforce: the kernel does not take the program that stops calls ({error}); "
                "see `toctrace doctor`"
            ) from None
