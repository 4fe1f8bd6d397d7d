"""The system calls that the simulations make."""

from __future__ import annotations

import ctypes
import errno
import os

from detector.errors import SimulationError
from detector.raw_syscall import raw_syscall

# arch/x86/entry/syscalls/syscall_64.tbl
NR_CAPSET = 126
NR_MBIND = 237
NR_SET_MEMPOLICY = 238
NR_GET_MEMPOLICY = 239
NR_MIGRATE_PAGES = 256
NR_MOVE_PAGES = 279
NR_USERFAULTFD = 323

PROT_NONE = 0
PROT_READ = 1
PROT_WRITE = 2
PROT_EXEC = 4
MAP_SHARED = 0x01
MAP_PRIVATE = 0x02
MAP_FIXED = 0x10
MAP_ANONYMOUS = 0x20
MAP_32BIT = 0x40
MADV_DONTNEED = 4
MNT_DETACH = 2
MPOL_DEFAULT = 0
MPOL_PREFERRED = 1
MPOL_LOCAL = 4
MPOL_F_NODE = 1
MPOL_F_ADDR = 2
MPOL_MF_MOVE = 2
LINUX_CAPABILITY_VERSION_3 = 0x20080522

_libc = ctypes.CDLL(None, use_errno=True)
_libc.mmap.restype = ctypes.c_void_p
_libc.mmap.argtypes = [
    ctypes.c_void_p,
    ctypes.c_size_t,
    ctypes.c_int,
    ctypes.c_int,
    ctypes.c_int,
    ctypes.c_long,
]
_MAP_FAILED = ctypes.c_void_p(-1).value


def _checked(what: str, value: int) -> int:
    """Return `value`, or raise SimulationError naming `what` when it is -errno."""
    if value < 0:
        message = f"{what} failed: {os.strerror(-value)}"
        raise SimulationError(message)
    return value


def migrate_pages(pid: int, maxnode: int, old: int, new: int) -> int:
    """Migrate this or another process's pages, by masks at the addresses `old` and `new`.

    Returns what migrate_pages(2) gives: pages that could not be moved, or -errno
    (mm/mempolicy.c, kernel_migrate_pages).
    """
    return raw_syscall(NR_MIGRATE_PAGES, pid, maxnode, old, new)


def mbind(address: int, length: int, mode: int, mask: int, maxnode: int) -> int:
    """Give `length` bytes at `address` a policy by the mask at `mask`.

    Returns 0 or -errno (mm/mempolicy.c, kernel_mbind).
    """
    return raw_syscall(NR_MBIND, address, length, mode, mask, maxnode, 0)


def set_mempolicy(mode: int, mask: int, maxnode: int) -> int:
    """Give the calling thread a policy by the mask at `mask`.

    Returns 0 or -errno (mm/mempolicy.c, kernel_set_mempolicy).
    """
    return raw_syscall(NR_SET_MEMPOLICY, mode, mask, maxnode)


def move_pages(pid: int, count: int, pages: int, nodes: int, status: int) -> int:
    """Move `count` pages of this or another process, by arrays at the addresses given.

    Returns what move_pages(2) gives: pages that could not be moved, or -errno (mm/migrate.c,
    kernel_move_pages).
    """
    return raw_syscall(NR_MOVE_PAGES, pid, count, pages, nodes, status, MPOL_MF_MOVE)


def node_of(address: int) -> int:
    """Return the node that a present page of this process is on, or raise SimulationError."""
    node = ctypes.c_int()
    told = ctypes.addressof(node)
    got = raw_syscall(NR_GET_MEMPOLICY, told, 0, 0, address, MPOL_F_NODE | MPOL_F_ADDR)
    _checked("get_mempolicy", got)
    return node.value


def userfaultfd(flags: int) -> int:
    """Open a userfaultfd; return the descriptor or -errno (fs/userfaultfd.c)."""
    return raw_syscall(NR_USERFAULTFD, flags)


def map_memory(length: int, protection: int, flags: int, address: int = 0) -> int:
    """Map `length` bytes of anonymous memory; return its address or raise SimulationError."""
    mapped: int | None = _libc.mmap(address, length, protection, flags | MAP_ANONYMOUS, -1, 0)
    if mapped is None or mapped == _MAP_FAILED:
        message = f"mmap of {length} bytes failed: {os.strerror(ctypes.get_errno())}"
        raise SimulationError(message)
    return mapped


def unmap_memory(address: int, length: int) -> None:
    """Unmap `length` bytes at `address`."""
    _libc.munmap(ctypes.c_void_p(address), ctypes.c_size_t(length))


def protect(address: int, length: int, protection: int) -> None:
    """Change the protection of `length` bytes at `address`, or raise SimulationError."""
    failed = _libc.mprotect(ctypes.c_void_p(address), ctypes.c_size_t(length), protection)
    _checked("mprotect", -ctypes.get_errno() if failed else 0)


def drop_content(address: int, length: int) -> None:
    """Make `length` bytes at `address` not present (MADV_DONTNEED), or raise SimulationError."""
    failed = _libc.madvise(ctypes.c_void_p(address), ctypes.c_size_t(length), MADV_DONTNEED)
    _checked("madvise", -ctypes.get_errno() if failed else 0)


def bind_local(address: int, length: int) -> None:
    """Give `length` bytes at `address` the policy MPOL_LOCAL.

    A mapping with a policy of its own lacks MPOL_F_MOF, so automatic NUMA balancing never makes
    its pages fault (mm/mempolicy.c, vma_policy_mof): a look with page faults off can read them.
    """
    value = mbind(address, length, MPOL_LOCAL, 0, 0)
    if value == -errno.ENOSYS:
        message = "this kernel is built without NUMA (CONFIG_NUMA): migrate_pages is not there"
        raise SimulationError(message)
    if value == -errno.EPERM:
        message = (
            "mbind is not permitted here, and so neither is migrate_pages: a container's seccomp "
            "profile refuses them; allow both, or give the container CAP_SYS_NICE"
        )
        raise SimulationError(message)
    _checked("mbind", value)


def drop_capabilities() -> None:
    """Give up every capability of the calling thread for good (kernel/capability.c, capset)."""
    header = (ctypes.c_uint32 * 2)(LINUX_CAPABILITY_VERSION_3, 0)
    sets = (ctypes.c_uint32 * 6)()  # two words each of effective, permitted, inheritable
    _checked("capset", raw_syscall(NR_CAPSET, ctypes.addressof(header), ctypes.addressof(sets)))


def mount(kind: str, target: str, options: str = "") -> None:
    """Mount the file system `kind` on the folder `target`, or raise SimulationError."""
    name, flags = kind.encode(), ctypes.c_ulong(0)
    failed = _libc.mount(name, target.encode(), name, flags, options.encode() or None)
    _checked(f"mounting {kind}", -ctypes.get_errno() if failed else 0)


def unmount(target: str, flags: int = 0) -> None:
    """Unmount what is mounted on `target`, or raise SimulationError."""
    failed = _libc.umount2(target.encode(), flags)
    _checked(f"unmounting {target}", -ctypes.get_errno() if failed else 0)
