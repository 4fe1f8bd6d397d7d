"""Two functions in x86-64 machine code, for what Python cannot do itself.

A 32-bit system call needs the instruction `int 0x80`, and a writer at full speed must not hold
the interpreter's lock.
"""

from __future__ import annotations

import ctypes
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from detector.errors import SimulationError
from detector.simulate import pages, syscalls
from detector.simulate.pages import PAGE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

NR32_GETPID = 20
NR32_MIGRATE_PAGES = 294
"""arch/x86/entry/syscalls/syscall_32.tbl"""

# long call32(rdi: number, rsi: ebx, rdx: ecx, rcx: edx, r8: esi)
CALL32 = bytes.fromhex(
    "53"  # push rbx            the caller's
    "89f8"  # mov eax, edi
    "89f3"  # mov ebx, esi
    "89d6"  # mov esi, edx
    "89ca"  # mov edx, ecx
    "89f1"  # mov ecx, esi
    "4489c6"  # mov esi, r8d
    "cd80"  # int 0x80
    "4863c0"  # movsxd rax, eax   -errno
    "5b"  # pop rbx
    "c3"  # ret
)

# void hammer(rdi: word, rsi: first, rdx: second, rcx: stop)
HAMMER = bytes.fromhex(
    "488937"  # mov [rdi], rsi
    "488917"  # mov [rdi], rdx
    "833900"  # cmp dword [rcx], 0
    "74f5"  # je back to the start
    "c3"  # ret
)


@contextmanager
def loaded(code: bytes) -> Iterator[int]:
    """Give the address of `code` on an executable page; raise SimulationError if refused."""
    page = syscalls.map_memory(PAGE, syscalls.PROT_READ | syscalls.PROT_WRITE, syscalls.MAP_PRIVATE)
    try:
        pages.write(page, code)
        try:
            syscalls.protect(page, PAGE, syscalls.PROT_READ | syscalls.PROT_EXEC)
        except SimulationError as error:
            message = f"an executable page is refused here, as by SELinux (execmem): {error}"
            raise SimulationError(message) from error
        yield page
    finally:
        syscalls.unmap_memory(page, PAGE)


@contextmanager
def compat_migrate_pages() -> Iterator[Callable[[int, int, int, int], int]]:
    """Give migrate_pages(2) as a 32-bit program calls it; masks must lie below 4 GiB.

    Raises SimulationError where the kernel takes no 32-bit calls.
    """
    word = ctypes.c_ulong
    with loaded(CALL32) as address:
        function = ctypes.CFUNCTYPE(ctypes.c_long, word, word, word, word, word)(address)
        _try_compat(function)

        def migrate_pages(pid: int, maxnode: int, old: int, new: int) -> int:
            value: int = function(NR32_MIGRATE_PAGES, pid, maxnode, old, new)
            return value

        yield migrate_pages


def _try_compat(function: Callable[[int, int, int, int, int], int]) -> None:
    """Make one 32-bit getpid in a child: without the kernel's support it dies of SIGSEGV."""
    child = os.fork()
    if child == 0:
        os._exit(0 if function(NR32_GETPID, 0, 0, 0, 0) == os.getpid() else 1)
    if os.waitpid(child, 0)[1] != 0:
        message = (
            "32-bit system calls are off here: the kernel needs CONFIG_IA32_EMULATION, and "
            "ia32_emulation=1 on its command line where that is off by default"
        )
        raise SimulationError(message)
