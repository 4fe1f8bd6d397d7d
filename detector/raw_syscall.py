"""A system call that libc has no function for, by its number, through syscall(2).

ctypes releases the interpreter's lock during a foreign call: while one thread is held in the
kernel, others go on in Python.
"""

from __future__ import annotations

import ctypes

_libc = ctypes.CDLL(None, use_errno=True)
_libc.syscall.restype = ctypes.c_long


def raw_syscall(number: int, *arguments: int) -> int:
    """Make system call `number`; return its value, or -errno as the kernel gave it.

    Numbers are those of arch/x86/entry/syscalls/syscall_64.tbl; an address is an argument, too.
    """
    words = [ctypes.c_ulong(argument & 0xFFFF_FFFF_FFFF_FFFF) for argument in arguments]
    value: int = _libc.syscall(ctypes.c_long(number), *words)
    return -ctypes.get_errno() if value == -1 else value
