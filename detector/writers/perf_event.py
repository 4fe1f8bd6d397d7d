"""Hardware watchpoints in one thread, by perf_event_open(2): the kernel's ABI, by ctypes.

bcc's own way opens an event per CPU and keeps one set for all events of a type and config; a
watchpoint is wanted per thread and word, on any CPU.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os

import msgspec

from detector.raw_syscall import raw_syscall

NR_PERF_EVENT_OPEN = 298
"""arch/x86/entry/syscalls/syscall_64.tbl"""

_TYPE_BREAKPOINT = 5  # include/uapi/linux/perf_event.h: PERF_TYPE_BREAKPOINT
_WRITE = 2  # include/uapi/linux/hw_breakpoint.h: HW_BREAKPOINT_W
_CLOEXEC = 8  # PERF_FLAG_FD_CLOEXEC
_IOC_ENABLE = 0x2400
_IOC_SET_BPF = 0x40042408

# Bits of perf_event_attr, in the order of its bit field.
_DISABLED, _INHERIT, _EXCLUDE_HV = 1 << 0, 1 << 1, 1 << 6
_INHERIT_THREAD, _REMOVE_ON_EXEC = 1 << 35, 1 << 36  # both since 5.13


class _Attributes(ctypes.Structure):
    """struct perf_event_attr up to config2 and what follows, PERF_ATTR_SIZE_VER7 (128 bytes)."""

    _fields_ = (
        ("type", ctypes.c_uint32),
        ("size", ctypes.c_uint32),
        ("config", ctypes.c_uint64),
        ("sample_period", ctypes.c_uint64),
        ("sample_type", ctypes.c_uint64),
        ("read_format", ctypes.c_uint64),
        ("bits", ctypes.c_uint64),
        ("wakeup_events", ctypes.c_uint32),
        ("bp_type", ctypes.c_uint32),
        ("bp_addr", ctypes.c_uint64),
        ("bp_len", ctypes.c_uint64),
        ("rest", ctypes.c_uint8 * 56),
    )


class Word(msgspec.Struct, frozen=True, order=True):
    """What one debug register can watch."""

    address: int
    """A multiple of `length`."""
    length: int
    """Bytes: 1, 2, 4 or 8."""


def watch_word(tid: int, word: Word, program: int) -> int:
    """Run the BPF program of a descriptor whenever the thread has written the word.

    Threads that it starts from then on inherit the watchpoint, processes that it forks do not;
    execve ends it, as the address means nothing any more. Gives the event's descriptor, which
    ends it when it is closed. Raises OSError: ENOSPC when no debug register is free, ESRCH when
    the thread is gone, EACCES or EPERM when it may not be watched.
    """
    attributes = _Attributes(
        type=_TYPE_BREAKPOINT,
        size=ctypes.sizeof(_Attributes),
        sample_period=1,
        bits=_DISABLED | _INHERIT | _EXCLUDE_HV | _INHERIT_THREAD | _REMOVE_ON_EXEC,
        bp_type=_WRITE,
        bp_addr=word.address,
        bp_len=word.length,
    )
    any_cpu, no_group = -1, -1
    event = raw_syscall(
        NR_PERF_EVENT_OPEN, ctypes.addressof(attributes), tid, any_cpu, no_group, _CLOEXEC
    )
    if event < 0:
        raise OSError(-event, os.strerror(-event), "perf_event_open")
    try:
        fcntl.ioctl(event, _IOC_SET_BPF, program)
        fcntl.ioctl(event, _IOC_ENABLE, 0)
    except OSError:
        os.close(event)
        raise
    return event


REFUSALS = {
    errno.ENOSPC: "no debug register is free",
    errno.ESRCH: "the thread had ended",
    errno.EACCES: "perf events are refused (kernel.perf_event_paranoid, or a security module)",
    errno.EPERM: "perf events are refused (kernel.perf_event_paranoid, or a security module)",
    errno.EMFILE: "too many files are open",
    errno.EINVAL: "this kernel has no watchpoints that threads inherit (before 5.13)",
}
"""What a refusal means, for a person."""


def refusal(error: OSError) -> str:
    """Say why a watchpoint could not be set."""
    known = REFUSALS.get(error.errno or 0)
    return known or f"perf events are refused: {error.strerror or error}"
