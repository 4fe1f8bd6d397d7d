"""What the kernel says of a loaded program, or of a link, and bcc does not show."""

from __future__ import annotations

import ctypes
import os
import struct

from detector.errors import AttachError

SYS_BPF = 321
"""arch/x86/entry/syscalls/syscall_64.tbl."""
GET_INFO = 15
"""include/uapi/linux/bpf.h: BPF_OBJ_GET_INFO_BY_FD."""
RECURSION_MISSES = 208
"""include/uapi/linux/bpf.h: offset of struct bpf_prog_info.recursion_misses, 8 bytes."""
_INFO_BYTES = RECURSION_MISSES + 8
_LINK_ID = slice(4, 8)
"""struct bpf_link_info: type, id, prog_id, 4 bytes each; more by type."""
_LINK_INFO_BYTES = 12


def recursion_misses(fd: int) -> int:
    """Give how often the program was skipped, as one was running on that CPU already.

    Of trampolines' programs since 5.12, of kprobes' and tracepoints' since 6.7; 0 before.
    Raises AttachError where the kernel does not say.
    """
    try:
        info = _info(fd, _INFO_BYTES)
    except OSError as error:
        raise AttachError(f"bpf(2): {error.strerror}") from None
    return int.from_bytes(info[RECURSION_MISSES:], "little")


def link_id(fd: int) -> int | None:
    """Give the number of a link (since 5.8); None where it is none, or the kernel does not say."""
    try:
        return int.from_bytes(_info(fd, _LINK_INFO_BYTES)[_LINK_ID], "little")
    except OSError:
        return None


def _info(fd: int, size: int) -> bytes:
    """Ask for so many bytes of what the kernel knows of a BPF object. Raises OSError."""
    libc = ctypes.CDLL(None, use_errno=True)
    info = ctypes.create_string_buffer(size)
    # union bpf_attr.info: bpf_fd, info_len, info
    attributes = struct.pack("<IIQ", fd, size, ctypes.addressof(info))
    if libc.syscall(SYS_BPF, GET_INFO, attributes, len(attributes)) < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return info.raw
