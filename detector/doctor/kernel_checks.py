"""The kernel itself: which one, on what machine, with which parts of BPF, and how locked down."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from detector.doctor.distribution import KERNEL, commands
from detector.doctor.result import Effect, fine, problem, unknown
from detector.simulate.host import ABSENT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from detector.doctor.host import Host
    from detector.doctor.result import CheckResult

ARCHITECTURE = "x86_64"
"""uname(2)'s name of the only machine whose registers and symbols the probes know."""

FEATURES = (
    ("bpf(2)", "__x64_sys_bpf"),
    ("reading user memory in probes", "bpf_probe_read_user"),
    ("ring buffers", "bpf_ringbuf_reserve"),
    ("task storage", "bpf_task_storage_get"),
)
"""What the programs use, by the function that is in the kernel exactly when the feature is."""

BEFORE_5_15 = "__ia32_compat_sys_migrate_pages"
"""A function that went when get_nodes() was rewritten (commit e130242dc351, of 5.15)."""

INTEGRITY, CONFIDENTIALITY = "integrity", "confidentiality"


def check_release(host: Host) -> Iterator[CheckResult]:
    """Name the kernel; anything but Linux has none of the rest."""
    if host.uname.sysname == "Linux" and BEFORE_5_15 in (host.functions or ()):
        yield problem(
            "kernel.release",
            Effect.NOTE,
            f"Linux {host.uname.release} copies nodemasks as it was done before 5.15, and nothing"
            " here was ever tried on it: of what an honest caller leaves behind the last bit of a"
            " mask that is longer than the kernel's, a race may be made",
            remedy="Boot Linux 5.15 or later.",
            commands=commands(KERNEL, host.family),
        )
    elif host.uname.sysname == "Linux":
        yield fine("kernel.release", f"Linux {host.uname.release}")
    else:
        yield problem(
            "kernel.release",
            Effect.FATAL,
            f"this is {host.uname.sysname}, and only Linux can be watched",
            remedy="Replay a recording here, or watch on a Linux host.",
        )


def check_architecture(host: Host) -> Iterator[CheckResult]:
    """Refuse by name every machine but x86-64."""
    machine = host.uname.machine
    if machine == ARCHITECTURE:
        yield fine("kernel.architecture", "x86-64")
    else:
        yield problem(
            "kernel.architecture",
            Effect.FATAL,
            f"{machine} is not supported for live watching: only x86-64 (x86_64) is",
            remedy="Watch on an x86-64 host; recordings can be replayed on any machine.",
        )


def check_bpf(host: Host) -> Iterator[CheckResult]:
    """Ask for the functions behind each part of BPF, never for a version."""
    if host.functions is None:
        yield unknown(
            "kernel.bpf",
            "/proc/kallsyms lists nothing: which parts of BPF are there cannot be asked",
            remedy="Run as root, or attach for proof with `toctrace watch`.",
        )
        return
    missing = [f"{name} ({symbol})" for name, symbol in FEATURES if symbol not in host.functions]
    if missing:
        yield problem(
            "kernel.bpf",
            Effect.FATAL,
            f"the kernel lacks {', '.join(missing)}",
            remedy="Boot a stock kernel, 5.15 or later.",
            commands=commands(KERNEL, host.family),
        )
    else:
        yield fine("kernel.bpf", "BPF with ring buffers and task storage")


def check_nodes_limit(host: Host) -> Iterator[CheckResult]:
    """Stages are proven by calls that name nodes which do not exist: the kernel must take them."""
    digits = host.status.get("Mems_allowed", "").replace(",", "")
    # all MAX_NUMNODES bits, four to a digit (kernel/cgroup/cpuset.c)
    if digits and 4 * len(digits) <= ABSENT[-1]:
        yield problem(
            "kernel.nodes",
            Effect.FATAL,
            f"the kernel can number {4 * len(digits)} NUMA nodes, and proving a stage takes"
            f" numbers up to {ABSENT[-1]}",
            remedy="Boot a kernel with CONFIG_NODES_SHIFT=6 or more: Debian has 10.",
        )


def check_jit(host: Host) -> Iterator[CheckResult]:
    """BPF runs interpreted without the JIT: every watched call then pays more."""
    content = host.read("proc/sys/net/core/bpf_jit_enable")
    if content.readable and content.text.strip() == "0":
        yield problem(
            "kernel.jit",
            Effect.NOTE,
            "the BPF JIT is off: programs are interpreted, and watched calls get slower",
            remedy="Turn it on.",
            commands=("sysctl -w net.core.bpf_jit_enable=1",),
        )
    elif content.readable or "CONFIG_BPF_JIT_ALWAYS_ON=y" in host.config:
        yield fine("kernel.jit", "BPF JIT on")
    else:
        # The setting exists in the initial network namespace only (net/core/sysctl_net_core.c).
        yield unknown("kernel.jit", "whether the BPF JIT is on cannot be read here (speed only)")


def check_lockdown(host: Host) -> Iterator[CheckResult]:
    """Only `confidentiality` forbids kprobes and reading memory (security.h: lockdown_reason)."""
    content = host.read("sys/kernel/security/lockdown")
    match = re.search(r"\[(\w+)\]", content.text)
    mode = match.group(1) if match else ""
    if mode == CONFIDENTIALITY:
        yield problem(
            "kernel.lockdown",
            Effect.FATAL,
            "the kernel is locked down to confidentiality: kprobes are refused",
            remedy="It cannot be undone while running: boot without lockdown=confidentiality.",
        )
    elif mode == INTEGRITY:
        yield fine("kernel.lockdown", "locked down to integrity only, which allows kprobes")
    elif mode == "none":
        yield fine("kernel.lockdown", "not locked down")
    elif "# CONFIG_SECURITY_LOCKDOWN_LSM is not set" in host.config:
        yield fine("kernel.lockdown", "no lockdown built in")
    elif host.exists("sys/kernel/security/lsm"):
        yield fine("kernel.lockdown", "no lockdown active")
    else:
        yield unknown(
            "kernel.lockdown",
            "whether the kernel is locked down cannot be asked: securityfs is not mounted",
            remedy="Mount it, and ask again.",
            commands=("mount -t securityfs securityfs /sys/kernel/security",),
        )
