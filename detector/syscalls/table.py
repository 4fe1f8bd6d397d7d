"""The table itself: adding a system call is adding its entry here, and a rule."""

from __future__ import annotations

from detector.syscalls.entry import Syscall
from detector.syscalls.migrate_pages import MIGRATE_PAGES

SYSCALLS: tuple[Syscall, ...] = (MIGRATE_PAGES,)

BY_NAME = {syscall.name: syscall for syscall in SYSCALLS}
BY_WIRE = {syscall.wire: syscall for syscall in SYSCALLS}
