"""Which capabilities are kept once everything is armed, and why. The others are given up.

Programs, maps and probes are descriptors by then. Since 5.19 reading a map and closing a
descriptor take no capability (kernel/bpf/syscall.c: __sys_bpf).
"""

from __future__ import annotations

import re
from pathlib import Path

import structlog

from detector.live.capabilities import Capability, keep_only, names, of_threads

log: structlog.stdlib.BoundLogger = structlog.get_logger()

WATCH = {
    Capability.CAP_SYS_PTRACE: "names, namespaces and memory maps of other users' processes",
    Capability.CAP_DAC_READ_SEARCH: "rule files that are read again, wherever they lie",
}
"""What `watch` keeps, by what it is kept for."""

RUN = {
    Capability.CAP_SYS_PTRACE: WATCH[Capability.CAP_SYS_PTRACE],
    Capability.CAP_KILL: "signals for a command that became another user",
    Capability.CAP_DAC_OVERRIDE: "result files in a folder of another user",
    Capability.CAP_FOWNER: "result files that replace another user's in a sticky folder",
}
"""What `run` keeps for itself; its command was forked before, and keeps all that it had."""

WRITERS = {
    Capability.CAP_SYS_PTRACE: "watchpoints in other users' processes (--name-writer)",
    Capability.CAP_PERFMON: "watchpoints, which see what the kernel stores too (--name-writer)",
}
"""What `--name-writer` needs beside that: watchpoints are set when a race was seen."""
_RESTRICTED = {
    Capability.CAP_SYS_ADMIN: "watchpoints, where kernel.perf_event_paranoid is above 2",
}
_PARANOID = Path("/proc/sys/kernel/perf_event_paranoid")
_HIGHEST_UPSTREAM = 2
"""Debian's and Ubuntu's kernels know higher ones, which ask for CAP_SYS_ADMIN itself."""

_MAPS_FREE = (5, 19)
"""From this kernel on, a map's descriptor is enough to use it."""


def needed(purposes: dict[Capability, str], release: str) -> frozenset[Capability]:
    """Give what is kept on a kernel of that release."""
    found = re.match(r"(\d+)\.(\d+)", release)
    free = found is not None and (int(found[1]), int(found[2])) >= _MAPS_FREE
    return frozenset(purposes) | (frozenset() if free else {Capability.CAP_BPF})


def for_writers(paranoid: Path = _PARANOID) -> dict[Capability, str]:
    """Give what `--name-writer` needs on this host, by what it is needed for."""
    try:
        level = int(paranoid.read_text(encoding="ascii"))
    except (OSError, ValueError):
        level = _HIGHEST_UPSTREAM + 1
    return WRITERS | (_RESTRICTED if level > _HIGHEST_UPSTREAM else {})


def shed(keep: frozenset[Capability]) -> None:
    """Give up all but `keep`, and log which remain, as read back from the kernel.

    To be called while the process has one thread. A refusal, or a thread that still holds more,
    is logged and ends nothing: the observation is as good as before.
    """
    try:
        keep_only(keep)
    except OSError as error:
        log.warning("capabilities_kept", reason=f"{error.filename}: {error.strerror}")
    wanted = sum(1 << capability for capability in keep)
    threads = of_threads()
    remaining = 0
    for sets in threads:
        remaining |= sets.permitted | sets.effective
    if remaining & ~wanted:
        log.warning("capabilities_kept", threads=len(threads), more=names(remaining & ~wanted))
    log.info("capabilities", remaining=names(remaining))
