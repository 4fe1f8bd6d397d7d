"""Which calls are watched, as the kernel is told."""

from __future__ import annotations

import struct

import msgspec

from detector.capture.wire import CONFIG, Armed, Filter


class Filters(msgspec.Struct, frozen=True, kw_only=True):
    """All that are given must hold; none given watches every call of the host."""

    marked: bool = False
    """Only tasks that were marked, and their descendants."""
    pid: int | None = None
    """Process id, as seen in the watcher's own pid namespace."""
    uid: int | None = None
    comm: bytes | None = None
    """At most 15 bytes, compared whole."""
    cgroup: int | None = None
    """cgroup v2 id; its descendants count too."""
    cgroup_level: int = 0
    """Depth of that cgroup below the root."""


def encode(filters: Filters, *, armed: Armed, pid_namespace: int) -> bytes:
    """Make a `struct toctrace_config`. `pid_namespace` is the inode of the watcher's own."""
    chosen = {
        Filter.MARKED: filters.marked,
        Filter.PID: filters.pid is not None,
        Filter.UID: filters.uid is not None,
        Filter.COMM: filters.comm is not None,
        Filter.CGROUP: filters.cgroup is not None,
    }
    return struct.pack(
        CONFIG.format,
        armed,
        sum(bit for bit, wanted in chosen.items() if wanted),
        filters.pid or 0,
        pid_namespace,
        filters.uid or 0,
        filters.cgroup_level,
        filters.cgroup or 0,
        filters.comm or b"",
    )
