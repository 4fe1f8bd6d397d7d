"""What holds a probe: a descriptor of this process, known again by the kernel's number for it.

A probe ends when its descriptor is closed, which a debugger can do from outside. The next file that
is opened takes the same number over, so that it alone says nothing.
"""

from __future__ import annotations

import fcntl

import msgspec

from detector.capture.program_info import link_id

FEXIT = "fexit:"
"""How `via` begins where a function's return is taken by a program that has its parameters, too."""
EVENT_ID = 0x80082407
"""include/uapi/linux/perf_event.h: PERF_EVENT_IOC_ID."""


class Attachment(msgspec.Struct, frozen=True):
    """One probe as it was attached."""

    via: str
    """As of a stage: `kprobe:do_migrate_pages`."""
    fd: int
    identity: tuple[str, int] | None
    """None: this kernel does not tell, and the probe is not looked after."""

    @property
    def held(self) -> bool:
        """Whether the descriptor still holds it."""
        return self.identity is None or identity(self.fd) == self.identity


def attachment(via: str, fd: int) -> Attachment:
    """Take note of what was attached just now."""
    return Attachment(via, fd, identity(fd))


def identity(fd: int) -> tuple[str, int] | None:
    """Say which perf event or BPF link a descriptor is; None where it is neither."""
    event = bytearray(8)
    try:
        fcntl.ioctl(fd, EVENT_ID, event)
    except OSError:
        link = link_id(fd)
        return None if link is None else ("link", link)
    return "event", int.from_bytes(event, "little")
