"""A supervisor on seccomp user notification, and the filter by which a task puts itself under it.

The supervisor does what the manual page seccomp_unotify(2) describes, and warns of: it reads what a
pointer leads to out of the target's memory, and answers SECCOMP_USER_NOTIF_FLAG_CONTINUE.
"""

from __future__ import annotations

import ctypes
import fcntl
import os
import select
import socket
import struct
from typing import TYPE_CHECKING

from detector.errors import SimulationError
from detector.raw_syscall import raw_syscall
from detector.simulate.supervisor import Asked, Decide

if TYPE_CHECKING:
    from collections.abc import Iterator

# arch/x86/entry/syscalls/syscall_64.tbl
NR_PRCTL = 157
NR_SECCOMP = 317

PR_SET_NO_NEW_PRIVS = 38
SECCOMP_SET_MODE_FILTER = 1
SECCOMP_FILTER_FLAG_NEW_LISTENER = 1 << 3
SECCOMP_RET_USER_NOTIF = 0x7FC0_0000
SECCOMP_RET_ALLOW = 0x7FFF_0000
SECCOMP_USER_NOTIF_FLAG_CONTINUE = 1
AUDIT_ARCH_X86_64 = 0xC000_003E

_RECV, _SEND, _ID_VALID = 0xC050_2100, 0xC018_2101, 0x4008_2102
"""include/uapi/linux/seccomp.h: SECCOMP_IOCTL_NOTIF_*, of the structures below."""
_NOTIFICATION = struct.Struct("=QIIiIQ6Q")
"""struct seccomp_notif: id, pid, flags, and struct seccomp_data: nr, arch, ip, arguments."""
_ANSWER = struct.Struct("=QqiI")
"""struct seccomp_notif_resp: id, value, error, flags."""
_INSTRUCTION = struct.Struct("=HBBI")
_LOAD, _JUMP_IF_EQUAL, _RETURN = 0x20, 0x15, 0x06
_NR_AT, _ARCH_AT = 0, 4
_EPERM = 1


def filter_of(number: int) -> bytes:
    """Give the filter that notifies of native calls with this number, and allows all others."""
    return b"".join(
        _INSTRUCTION.pack(*instruction)
        for instruction in (
            (_LOAD, 0, 0, _ARCH_AT),
            (_JUMP_IF_EQUAL, 0, 3, AUDIT_ARCH_X86_64),
            (_LOAD, 0, 0, _NR_AT),
            (_JUMP_IF_EQUAL, 0, 1, number),
            (_RETURN, 0, 0, SECCOMP_RET_USER_NOTIF),
            (_RETURN, 0, 0, SECCOMP_RET_ALLOW),
        )
    )


def go_under_notify(number: int, supervisor: socket.socket) -> None:
    """Let the calling thread's calls with this number be decided on at the socket's other end.

    Raises SimulationError where the kernel has no such filters.
    """
    program = ctypes.create_string_buffer(filter_of(number))
    header = struct.pack("=H6xQ", len(program) // _INSTRUCTION.size, ctypes.addressof(program))
    given = ctypes.create_string_buffer(header)
    raw_syscall(NR_PRCTL, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    listener = raw_syscall(
        NR_SECCOMP,
        SECCOMP_SET_MODE_FILTER,
        SECCOMP_FILTER_FLAG_NEW_LISTENER,
        ctypes.addressof(given),
    )
    if listener < 0:
        message = f"a seccomp filter with a listener is refused here: {os.strerror(-listener)}"
        raise SimulationError(message)
    socket.send_fds(supervisor, [b"f"], [listener])
    os.close(listener)


def supervise_by_notify(target: socket.socket, times: int, decide: Decide) -> None:
    """Decide on so many calls of who sends its listener through the socket; end when it ends."""
    _, descriptors, _, _ = socket.recv_fds(target, 1, 1)
    if not descriptors:
        return  # it could not go under supervision, and says why
    try:
        for asked, identity in _notifications(descriptors[0], times):
            goes_on = decide(asked)
            try:
                fcntl.ioctl(descriptors[0], _ID_VALID, struct.pack("=Q", identity))
                fcntl.ioctl(descriptors[0], _SEND, _answer(identity, goes_on=goes_on))
            except FileNotFoundError:
                continue  # the target is gone, or a signal took it out of the call
    finally:
        os.close(descriptors[0])


def _notifications(listener: int, times: int) -> Iterator[tuple[Asked, int]]:
    """Give what the listener is asked, with the notification's id."""
    poll = select.poll()
    poll.register(listener, select.POLLIN)
    for _ in range(times):
        if not poll.poll()[0][1] & select.POLLIN:
            return  # no task has the filter any more
        notification = bytearray(_NOTIFICATION.size)
        fcntl.ioctl(listener, _RECV, notification)
        identity, pid, _, number, _, _, *arguments = _NOTIFICATION.unpack(notification)
        yield Asked(pid=pid, number=number, arguments=tuple(arguments)), identity


def _answer(identity: int, *, goes_on: bool) -> bytes:
    if goes_on:
        return _ANSWER.pack(identity, 0, 0, SECCOMP_USER_NOTIF_FLAG_CONTINUE)
    return _ANSWER.pack(identity, 0, -_EPERM, 0)
