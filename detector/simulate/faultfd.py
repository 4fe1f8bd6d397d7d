"""One userfaultfd: pages registered for missing faults, and filled when the time has come.

Layout and numbers from include/uapi/linux/userfaultfd.h.
"""

from __future__ import annotations

import ctypes
import errno
import fcntl
import os
import struct
from pathlib import Path

from detector.errors import SimulationError
from detector.simulate import syscalls
from detector.simulate.pages import PAGE

UFFD_API = 0xAA
UFFDIO_API = 0xC018AA3F
UFFDIO_REGISTER = 0xC020AA00
UFFDIO_COPY = 0xC028AA03
UFFDIO_WAKE = 0x8010AA02
USERFAULTFD_IOC_NEW = 0xAA00
UFFDIO_REGISTER_MODE_MISSING = 1
UFFD_EVENT_PAGEFAULT = 0x12

DEVICE = Path("/dev/userfaultfd")
"""Gives userfaultfds to whoever may open it, since Linux 6.1."""

_MESSAGE = struct.Struct("=B7xQQ8x")  # struct uffd_msg: event, pagefault.flags, .address
_FLAGS = os.O_CLOEXEC | os.O_NONBLOCK

NOT_PERMITTED = (
    "userfaultfd may not hold faults of the kernel here: run as root or with CAP_SYS_PTRACE, "
    "or set vm.unprivileged_userfaultfd=1"
)
MISSING = "this kernel has no userfaultfd (CONFIG_USERFAULTFD)"


def _open() -> int:
    """Return a descriptor that holds faults of the kernel too, or raise SimulationError."""
    descriptor = syscalls.userfaultfd(_FLAGS)
    if descriptor >= 0:
        return descriptor
    if descriptor == -errno.ENOSYS:
        raise SimulationError(MISSING)
    try:
        with DEVICE.open("rb", buffering=0) as device:
            return fcntl.ioctl(device, USERFAULTFD_IOC_NEW, _FLAGS)
    except OSError as error:
        raise SimulationError(NOT_PERMITTED) from error


class FaultFd:
    """A userfaultfd whose faults are read without blocking."""

    def __init__(self) -> None:
        """Open it and agree on the API; raise SimulationError where it is not permitted."""
        self.descriptor = _open()
        fcntl.ioctl(self.descriptor, UFFDIO_API, bytearray(struct.pack("=QQQ", UFFD_API, 0, 0)))

    def register(self, page: int) -> None:
        """From now on a first touch of the page at address `page` waits for `fill`."""
        argument = struct.pack("=QQQQ", page, PAGE, UFFDIO_REGISTER_MODE_MISSING, 0)
        fcntl.ioctl(self.descriptor, UFFDIO_REGISTER, bytearray(argument))

    def faults(self) -> list[int]:
        """Return the pages on which a task has come to wait since the last call."""
        try:
            content = os.read(self.descriptor, 64 * _MESSAGE.size)
        except BlockingIOError:
            return []
        return [
            address & ~(PAGE - 1)
            for event, _flags, address in _MESSAGE.iter_unpack(content)
            if event == UFFD_EVENT_PAGEFAULT
        ]

    def fill(self, page: int, content: bytes) -> None:
        """Give the page `content`, zeros after it, and let the tasks that wait go on."""
        source = ctypes.create_string_buffer(content, PAGE)
        argument = struct.pack("=QQQQq", page, ctypes.addressof(source), PAGE, 0, 0)
        while True:
            try:
                fcntl.ioctl(self.descriptor, UFFDIO_COPY, bytearray(argument))
            except BlockingIOError:  # EAGAIN: the address space is changing, try once more
                continue
            except FileExistsError:  # already there: only the waiting ones are left
                wake = bytearray(struct.pack("=QQ", page, PAGE))
                fcntl.ioctl(self.descriptor, UFFDIO_WAKE, wake)
            return

    def close(self) -> None:
        """Close it: whoever still waits goes on with a page of zeros."""
        os.close(self.descriptor)
