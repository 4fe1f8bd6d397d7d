"""The table itself: adding a system call is adding its entry here, and a rule."""

from __future__ import annotations

from detector.syscalls.entry import Syscall
from detector.syscalls.mbind import MBIND
from detector.syscalls.migrate_pages import MIGRATE_PAGES
from detector.syscalls.set_mempolicy import SET_MEMPOLICY

SYSCALLS: tuple[Syscall, ...] = (MIGRATE_PAGES, MBIND, SET_MEMPOLICY)

BY_NAME = {syscall.name: syscall for syscall in SYSCALLS}
BY_WIRE = {syscall.wire: syscall for syscall in SYSCALLS}


def chosen(names: tuple[str, ...]) -> tuple[Syscall, ...]:
    """Give the entries of these names, in the table's order; all of them where none is named."""
    return tuple(syscall for syscall in SYSCALLS if not names or syscall.name in names)
