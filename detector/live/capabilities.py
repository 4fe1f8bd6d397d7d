"""The capabilities of this process: read from /proc, and given up by capset(2) and prctl(2)."""

from __future__ import annotations

import ctypes
import os
from enum import IntEnum
from pathlib import Path

import msgspec


class Capability(IntEnum):
    """include/uapi/linux/capability.h; a newer kernel may have more, which have no name here."""

    CAP_CHOWN = 0
    CAP_DAC_OVERRIDE = 1
    CAP_DAC_READ_SEARCH = 2
    CAP_FOWNER = 3
    CAP_FSETID = 4
    CAP_KILL = 5
    CAP_SETGID = 6
    CAP_SETUID = 7
    CAP_SETPCAP = 8
    CAP_LINUX_IMMUTABLE = 9
    CAP_NET_BIND_SERVICE = 10
    CAP_NET_BROADCAST = 11
    CAP_NET_ADMIN = 12
    CAP_NET_RAW = 13
    CAP_IPC_LOCK = 14
    CAP_IPC_OWNER = 15
    CAP_SYS_MODULE = 16
    CAP_SYS_RAWIO = 17
    CAP_SYS_CHROOT = 18
    CAP_SYS_PTRACE = 19
    CAP_SYS_PACCT = 20
    CAP_SYS_ADMIN = 21
    CAP_SYS_BOOT = 22
    CAP_SYS_NICE = 23
    CAP_SYS_RESOURCE = 24
    CAP_SYS_TIME = 25
    CAP_SYS_TTY_CONFIG = 26
    CAP_MKNOD = 27
    CAP_LEASE = 28
    CAP_AUDIT_WRITE = 29
    CAP_AUDIT_CONTROL = 30
    CAP_SETFCAP = 31
    CAP_MAC_OVERRIDE = 32
    CAP_MAC_ADMIN = 33
    CAP_SYSLOG = 34
    CAP_WAKE_ALARM = 35
    CAP_BLOCK_SUSPEND = 36
    CAP_AUDIT_READ = 37
    CAP_PERFMON = 38
    CAP_BPF = 39
    CAP_CHECKPOINT_RESTORE = 40


BITS = 64
"""Width of a capability set in /proc and in capset(2)."""

_THREADS = Path("/proc/self/task")
_VERSION_3 = 0x20080522  # _LINUX_CAPABILITY_VERSION_3
_HALF = 32
_PR_CAPBSET_DROP = 24  # include/uapi/linux/prctl.h
_PR_SET_NO_NEW_PRIVS = 38
_PR_CAP_AMBIENT = 47
_PR_CAP_AMBIENT_CLEAR_ALL = 4

_libc = ctypes.CDLL(None, use_errno=True)


class Sets(msgspec.Struct, frozen=True):
    """One thread's sets, as bits."""

    permitted: int
    effective: int
    bounding: int


def names(bits: int) -> list[str]:
    """Name each bit of a set, the lowest first; one without a name is given by its number."""
    known = {capability.value: capability.name for capability in Capability}
    return [known.get(bit, f"capability {bit}") for bit in range(BITS) if bits >> bit & 1]


def parse_status(text: str) -> Sets:
    """Read the sets out of a /proc/PID/status (fs/proc/array.c: task_cap)."""
    fields = dict(line.split(":", 1) for line in text.splitlines() if line.startswith("Cap"))
    return Sets(*(int(fields[name], 16) for name in ("CapPrm", "CapEff", "CapBnd")))


def of_threads(folder: Path = _THREADS) -> list[Sets]:
    """Give the sets of every thread of this process; capset(2) changes its caller's alone."""
    return [
        parse_status((thread / "status").read_text(encoding="utf-8", errors="replace"))
        for thread in folder.iterdir()
    ]


def keep_only(keep: frozenset[Capability]) -> None:
    """Give up all but `keep` of what the calling thread holds, for itself and all it may start.

    Raises OSError where the kernel refuses; what was given up by then stays so. The bounding set
    is left to no_new_privs where CAP_SETPCAP, which shrinking it takes, is not held.
    """
    wanted = sum(1 << capability for capability in keep)
    held = parse_status((Path("/proc/thread-self/status")).read_text(encoding="utf-8"))
    if held.effective >> Capability.CAP_SETPCAP & 1:
        for number in range(BITS):
            if held.bounding >> number & 1 and not wanted >> number & 1:
                _prctl(_PR_CAPBSET_DROP, number)
    _prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL)
    _set(held.permitted & wanted)
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)


def _set(bits: int) -> None:
    """Make `bits` the permitted and the effective set, and empty the inheritable one."""
    low, high = bits & 0xFFFFFFFF, bits >> _HALF
    header = (ctypes.c_uint32 * 2)(_VERSION_3, 0)  # 0: the calling thread
    data = (ctypes.c_uint32 * 6)(low, low, 0, high, high, 0)
    _checked(_libc.capset(header, data), "capset")


def _prctl(option: int, argument: int) -> None:
    words = (ctypes.c_ulong(word) for word in (argument, 0, 0, 0))
    _checked(_libc.prctl(ctypes.c_int(option), *words), "prctl")


def _checked(result: int, call: str) -> None:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), call)
