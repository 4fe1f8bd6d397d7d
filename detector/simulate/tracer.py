"""A supervisor that traces its target by ptrace, and stops it where its calls begin.

ptrace(2): at the stop of a system call's entry nothing of the call is done yet, and the tracer may
look at it, change it, or let it not be made at all.
"""

from __future__ import annotations

import ctypes
import os
import signal
import struct
from typing import TYPE_CHECKING

from detector.errors import SimulationError
from detector.raw_syscall import raw_syscall
from detector.simulate.supervisor import Asked

if TYPE_CHECKING:
    from detector.simulate.supervisor import Decide

NR_PTRACE = 101
"""arch/x86/entry/syscalls/syscall_64.tbl"""
PTRACE_TRACEME = 0
PTRACE_POKEUSER = 6
PTRACE_DETACH = 17
PTRACE_SYSCALL = 24
PTRACE_SETOPTIONS = 0x4200
PTRACE_GET_SYSCALL_INFO = 0x420E
PTRACE_O_TRACESYSGOOD = 1
PTRACE_O_EXITKILL = 1 << 20
PTRACE_SYSCALL_INFO_ENTRY = 1
ORIG_RAX = 15 * 8
"""Of struct user_regs_struct."""
_NO_CALL = -1

_INFO = struct.Struct("=B7xQQQ6Q")
"""struct ptrace_syscall_info of an entry: op, (arch), ip, sp, nr, arguments."""
_SYSGOOD = signal.SIGTRAP | 0x80


def go_under_tracer() -> None:
    """Let the parent trace the calling thread, and wait until it does."""
    _ptrace("being traced", PTRACE_TRACEME, 0, 0)
    signal.raise_signal(signal.SIGSTOP)


def supervise_by_tracer(target: int, number: int, times: int, decide: Decide) -> None:
    """Decide on so many calls with this number of a child that goes under; then let it go."""
    if not _next_stop(target):
        return
    options = PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL
    _ptrace("setting options of tracing", PTRACE_SETOPTIONS, target, options)
    left, handed_on = times, 0
    while left:
        _ptrace("letting the target go on", PTRACE_SYSCALL, target, handed_on)
        stop = _next_stop(target)
        if not stop:
            return
        handed_on = 0 if stop == _SYSGOOD else stop
        asked = _call_at(target) if stop == _SYSGOOD else None
        if asked is not None and asked.number == number:
            left -= 1
            if not decide(asked):
                _ptrace("refusing a call", PTRACE_POKEUSER, target, _NO_CALL, ORIG_RAX)
    _ptrace("letting the target go", PTRACE_DETACH, target, 0)


def _next_stop(target: int) -> int:
    """Wait for the target's next stop; give its signal, or 0 where it has ended."""
    # WNOWAIT leaves an ended child for who forked it
    ended = os.waitid(os.P_PID, target, os.WEXITED | os.WSTOPPED | os.WNOWAIT)
    if ended is None or ended.si_code in {os.CLD_EXITED, os.CLD_KILLED, os.CLD_DUMPED}:
        return 0
    return os.WSTOPSIG(os.waitpid(target, 0)[1])


def _call_at(target: int) -> Asked | None:
    """Give the call that the target stands before; None where it stands behind one."""
    info = ctypes.create_string_buffer(_INFO.size)
    address = ctypes.addressof(info)
    _ptrace("asking for a call", PTRACE_GET_SYSCALL_INFO, target, address, _INFO.size)
    where, _, _, number, *arguments = _INFO.unpack(info.raw)
    if where != PTRACE_SYSCALL_INFO_ENTRY:
        return None
    return Asked(pid=target, number=number, arguments=tuple(arguments))


def _ptrace(what: str, request: int, target: int, data: int, address: int = 0) -> None:
    value = raw_syscall(NR_PTRACE, request, target, address, data)
    if value < 0:
        message = f"{what} failed: {os.strerror(-value)}"
        raise SimulationError(message)
