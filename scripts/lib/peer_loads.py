"""The calls, and page faults, that bench-peers measures, and where they are looked at."""

from __future__ import annotations

import ctypes
import mmap
import os
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

from detector.bench import caller

Make = Callable[[int], float]
"""Makes so many calls; gives ns for each."""

SYS_CONNECT, SYS_OPENAT = 42, 257
"""arch/x86/entry/syscalls/syscall_64.tbl."""
AT_FDCWD = -100
PAGES = 256
"""Of memory that is faulted in at once."""
DISCARD = 9
"""A port that nobody need listen at: a datagram socket's connect sends nothing."""


@dataclass(frozen=True)
class Load:
    """One call, made again and again."""

    name: str
    syscall: str
    """What is watched meanwhile."""
    functions: tuple[str, ...]
    """What the paired script of bpftrace probes."""
    calling: Callable[[], AbstractContextManager[Make]]
    trace: tuple[str, ...] = ()
    """What bcc's trace can print of it: pointers at entry, and the first word of what is used."""
    hot: bool = True
    """Watched only where it is named."""
    peers: bool = True
    """Whether other tools look at it: not at what is no call."""


def _syscall() -> Callable[..., int]:
    function = ctypes.CDLL(None, use_errno=True).syscall
    function.restype = ctypes.c_long
    return function


def _times(once: Callable[[], object]) -> Make:
    def make(calls: int) -> float:
        began = time.perf_counter_ns()
        for _ in range(calls):
            once()
        return (time.perf_counter_ns() - began) / calls

    return make


@contextmanager
def _migrating() -> Iterator[Make]:
    with caller.calling() as made:
        yield made.watched


@contextmanager
def _opening() -> Iterator[Make]:
    """Open a file by its path, and close it."""
    call, path = _syscall(), ctypes.create_string_buffer(b"/dev/null")
    number, folder = ctypes.c_long(SYS_OPENAT), ctypes.c_long(AT_FDCWD)
    flags = ctypes.c_long(os.O_RDONLY)
    yield _times(lambda: os.close(call(number, folder, path, flags)))


@contextmanager
def _connecting() -> Iterator[Make]:
    """Connect a datagram socket on this machine, each time anew."""
    call, length = _syscall(), 16
    address = ctypes.create_string_buffer(
        socket.AF_INET.to_bytes(2, "little")
        + DISCARD.to_bytes(2, "big")
        + socket.inet_aton("127.0.0.1")
        + bytes(8),
        length,
    )
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        words = [ctypes.c_long(word) for word in (SYS_CONNECT, sock.fileno(), length)]
        if call(words[0], words[1], address, words[2]) != 0:
            raise OSError(ctypes.get_errno(), "connect")
        yield _times(lambda: call(words[0], words[1], address, words[2]))


@contextmanager
def _faulting() -> Iterator[Make]:
    """Write to pages of memory that are not there yet: a page is taken for a call."""
    with mmap.mmap(-1, PAGES * mmap.PAGESIZE) as memory:
        memory.madvise(mmap.MADV_NOHUGEPAGE)
        first = ctypes.addressof(ctypes.c_char.from_buffer(memory))

        def once() -> None:
            memory.madvise(mmap.MADV_DONTNEED)
            ctypes.memset(first, 1, PAGES * mmap.PAGESIZE)

        yield lambda pages: _times(once)(max(pages // PAGES, 1)) / PAGES


LOADS = {
    load.name: load
    for load in (
        Load(
            name="migrate_pages",
            syscall="migrate_pages",
            functions=("__x64_sys_migrate_pages", "get_nodes", "do_migrate_pages"),
            calling=_migrating,
            trace=(
                '__x64_sys_migrate_pages(struct pt_regs *regs) "%llx %llx", regs->dx, regs->r10',
                'get_nodes(u64 *to) "%llx", to',
                'r::get_nodes "%d", retval',
                'do_migrate_pages(void *mm, u64 *from, u64 *to) "%llx %llx", *from, *to',
            ),
            hot=False,
        ),
        Load(
            name="openat",
            syscall="openat",
            functions=("__x64_sys_openat", "do_filp_open"),
            calling=_opening,
        ),
        Load(
            name="connect",
            syscall="connect",
            functions=("__x64_sys_connect", "security_socket_connect"),
            calling=_connecting,
        ),
        Load(
            name="fault",
            syscall="openat",
            functions=(),
            calling=_faulting,
            peers=False,
        ),
    )
}
