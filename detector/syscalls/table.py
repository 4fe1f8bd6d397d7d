"""The table itself: adding a system call is adding its entry here, and a rule."""

from __future__ import annotations

from detector.syscalls.entry import Syscall
from detector.syscalls.executing import EXECVE, EXECVEAT
from detector.syscalls.mbind import MBIND
from detector.syscalls.migrate_pages import MIGRATE_PAGES
from detector.syscalls.mounting import MOUNT
from detector.syscalls.move_pages import MOVE_PAGES
from detector.syscalls.naming import LINKAT, RENAMEAT2, SYMLINKAT, UNLINKAT
from detector.syscalls.opening import CREAT, OPEN, OPENAT, OPENAT2
from detector.syscalls.set_mempolicy import SET_MEMPOLICY
from detector.syscalls.sockets import BIND, CONNECT, SENDTO

SYSCALLS: tuple[Syscall, ...] = (
    MIGRATE_PAGES,
    MBIND,
    SET_MEMPOLICY,
    MOVE_PAGES,
    OPEN,
    OPENAT,
    OPENAT2,
    CREAT,
    CONNECT,
    BIND,
    SENDTO,
    EXECVE,
    EXECVEAT,
    UNLINKAT,
    RENAMEAT2,
    LINKAT,
    SYMLINKAT,
    MOUNT,
)
DEFAULT = tuple(syscall for syscall in SYSCALLS if not syscall.hot)
"""What is watched where nothing is named."""

BY_NAME = {syscall.name: syscall for syscall in SYSCALLS}
BY_WIRE = {syscall.wire: syscall for syscall in SYSCALLS}


def chosen(names: tuple[str, ...]) -> tuple[Syscall, ...]:
    """Give the entries of these names, in the table's order; the default where none is named."""
    return tuple(syscall for syscall in SYSCALLS if syscall.name in names) or DEFAULT
