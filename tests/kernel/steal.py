"""Take every probe's descriptor out of another process, and do all to it that it lets do.

`steal.py PID`: events are disabled, links are detached. Says how many of each it had, and what the
kernel made of it.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os
import struct
import sys
from pathlib import Path

from detector.raw_syscall import raw_syscall

PIDFD_GETFD = 438
"""arch/x86/entry/syscalls/syscall_64.tbl."""
BPF = 321
LINK_DETACH = 34
"""include/uapi/linux/bpf.h: BPF_LINK_DETACH."""
EVENT_DISABLE = 0x2401
"""include/uapi/linux/perf_event.h: PERF_EVENT_IOC_DISABLE."""


def detach(link: int) -> int:
    """Detach a link; give 0 or -errno."""
    attributes = ctypes.create_string_buffer(struct.pack("<I", link))
    return raw_syscall(BPF, LINK_DETACH, ctypes.addressof(attributes), 4)


def main() -> None:
    """Steal, and tell."""
    pid = int(sys.argv[1])
    process = os.pidfd_open(pid)
    disabled, refused = 0, 0
    for one in Path(f"/proc/{pid}/fd").iterdir():
        kind = str(one.readlink())
        stolen = raw_syscall(PIDFD_GETFD, process, int(one.name), 0)
        if "[perf_event]" in kind:
            fcntl.ioctl(stolen, EVENT_DISABLE, 0)
            disabled += 1
        if "bpf_link" in kind or "bpf-link" in kind:
            refused += detach(stolen) == -errno.EOPNOTSUPP
    sys.stdout.write(f"disabled {disabled}, not detached {refused}\n")


if __name__ == "__main__":
    main()
