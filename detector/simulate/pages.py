"""Memory that a simulation owns: mapped, written word by word, unmapped at the end."""

from __future__ import annotations

import ctypes
import mmap
from typing import TYPE_CHECKING, Self

from detector.simulate import syscalls

if TYPE_CHECKING:
    from types import TracebackType

PAGE = mmap.PAGESIZE
"""Size of a page in bytes."""


class Region:
    """Whole pages of private anonymous memory that NUMA balancing leaves alone.

    No page is present before it is written: a page nobody wrote can be held by userfaultfd.
    """

    def __init__(self, pages: int, *, below_4g: bool = False) -> None:
        """Map `pages` pages, for 32-bit calls below 4 GiB; raise SimulationError if refused."""
        self.length = pages * PAGE
        flags = syscalls.MAP_PRIVATE | (syscalls.MAP_32BIT if below_4g else 0)
        writable = syscalls.PROT_READ | syscalls.PROT_WRITE
        self.address = syscalls.map_memory(self.length, writable, flags)
        syscalls.bind_local(self.address, self.length)

    def page(self, index: int) -> int:
        """Return the address of page `index`."""
        return self.address + index * PAGE

    def share(self, index: int) -> None:
        """Replace page `index` by one that children forked later share with this process."""
        writable = syscalls.PROT_READ | syscalls.PROT_WRITE
        flags = syscalls.MAP_SHARED | syscalls.MAP_FIXED
        syscalls.map_memory(PAGE, writable, flags, self.page(index))
        syscalls.bind_local(self.page(index), PAGE)

    def close(self) -> None:
        """Unmap the region."""
        syscalls.unmap_memory(self.address, self.length)

    def __enter__(self) -> Self:
        """Return the region itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Unmap the region."""
        self.close()


def write(address: int, content: bytes) -> None:
    """Write `content` at `address`."""
    ctypes.memmove(address, content, len(content))


def read_word(address: int) -> int:
    """Return the 64-bit word at `address`."""
    return ctypes.c_uint64.from_address(address).value


def write_word(address: int, word: int) -> None:
    """Write the 64-bit `word` at `address` by one store."""
    ctypes.c_uint64.from_address(address).value = word
