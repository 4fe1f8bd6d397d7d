"""The tracepoints of system calls: what is left to see where the kernel refuses kprobes."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from detector.doctor.distribution import KERNEL, commands
from detector.doctor.host import TRACEFS
from detector.doctor.kprobe_checks import absent
from detector.doctor.result import Effect, fine, problem
from detector.syscalls.table import DEFAULT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from detector.doctor.host import Host
    from detector.doctor.result import CheckResult

BTF = "sys/kernel/btf/vmlinux"
MOUNT = ("mount -t tracefs tracefs /sys/kernel/tracing",)
WANTED = tuple(
    probe.tracepoint.replace(":", "/")
    for syscall in DEFAULT
    for probe in syscall.probes
    if probe.tracepoint and probe.required
)
"""Folders of events without which there is nothing to watch."""


class Lack(NamedTuple):
    """What is missing, and what to do."""

    found: str
    remedy: str
    commands: tuple[str, ...]


def lack(host: Host) -> Lack | None:
    """Return what keeps calls from being seen by tracepoints; None where nothing does."""
    mounted = [folder for folder in TRACEFS if host.is_dir(f"{folder}/events")]
    another = commands(KERNEL, host.family)
    if not mounted:
        found = "tracefs is not mounted: without kprobes calls are seen by tracepoints"
        return Lack(found, "Mount it as root.", MOUNT)
    if not all(host.is_dir(f"{mounted[0]}/events/{event}") for event in WANTED):
        found = "the kernel has no tracepoints of system calls either (CONFIG_FTRACE_SYSCALLS)"
        return Lack(found, "Boot a stock kernel.", another)
    if not host.is_file(BTF):
        found = f"there is no /{BTF} (CONFIG_DEBUG_INFO_BTF): tracepoints could not tell callers"
        return Lack(found, "Boot a kernel with BTF.", another)
    return None


def check_tracepoints(host: Host) -> Iterator[CheckResult]:
    """Ask for the tracepoints that stand in for kprobes, where there are none."""
    if not absent(host):
        return
    missing = lack(host)
    if missing is None:
        yield fine("tracing.tracepoints", "entry and exit by the tracepoints of system calls")
    else:
        yield problem(
            "tracing.tracepoints",
            Effect.FATAL,
            missing.found,
            remedy=missing.remedy,
            commands=missing.commands,
        )
