"""What the kernel says of a loaded program and bcc does not show."""

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


def recursion_misses(fd: int) -> int:
    """Give how often the program was skipped, as it was running on that CPU already (since 5.12).

    Raises AttachError where the kernel does not say.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    info = ctypes.create_string_buffer(_INFO_BYTES)
    # union bpf_attr.info: bpf_fd, info_len, info
    attributes = struct.pack("<IIQ", fd, _INFO_BYTES, ctypes.addressof(info))
    if libc.syscall(SYS_BPF, GET_INFO, attributes, len(attributes)) < 0:
        raise AttachError(f"bpf(2): {os.strerror(ctypes.get_errno())}")
    return int.from_bytes(info.raw[RECURSION_MISSES:], "little")
