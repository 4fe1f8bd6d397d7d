"""Kprobes: whether the kernel has them, whether they are on, and how returns are probed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from detector.doctor.distribution import KERNEL, commands
from detector.doctor.host import TRACEFS
from detector.doctor.result import Effect, fine, problem, unknown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from detector.doctor.host import Host
    from detector.doctor.result import CheckResult

PMU = "sys/bus/event_source/devices/kprobe/type"
"""What bcc attaches through first (src/cc/libbpf.c: bpf_try_perf_event_open_with_probe)."""

NOT_BUILT = ("# CONFIG_KPROBES is not set", "# CONFIG_KPROBE_EVENTS is not set")

TRAMPOLINE = "bpf_trampoline_link_prog"
"""bcc asks for this symbol, and for BTF, before it takes fexit (bcc: BPF.support_kfunc)."""
DIRECT_CALLS = "register_ftrace_direct"
"""And the kernel needs this one to place the trampoline; newer kernels add a suffix."""

ANOTHER_KERNEL = (
    "Boot a stock kernel, which has them; or watch in this project's VM:"
    " `scripts/vm 6.12 -- toctrace doctor`."
)


def absent(host: Host) -> str:
    """Return how it is known that this kernel has no kprobes, or nothing where it may have them."""
    if host.read(PMU).readable or _has_kprobe_events(host):
        return ""
    for line in NOT_BUILT:
        if line in host.config:
            return line.removeprefix("# ")
    if host.functions is not None and "register_kprobe" not in host.functions:
        return "it has no function register_kprobe"
    if host.is_dir("sys/bus/event_source/devices"):
        return f"there is no /{PMU}"
    return ""


def check_kprobes(host: Host) -> Iterator[CheckResult]:
    """Without kprobes there is no copy and no use: tracepoints see entry and exit alone."""
    reason = absent(host)
    if reason:
        yield problem(
            "kprobes.available",
            Effect.STAGE,
            f"the kernel is built without kprobes ({reason}): copy and use cannot be seen",
            remedy=ANOTHER_KERNEL,
            commands=commands(KERNEL, host.family),
        )
    elif host.read(PMU).readable:
        yield fine("kprobes.available", "kprobes by perf_event_open(2)")
    elif _has_kprobe_events(host):
        yield fine("kprobes.available", "kprobes by tracefs")
    else:
        yield unknown(
            "kprobes.available",
            "whether there are kprobes cannot be asked: sysfs is not mounted",
            remedy="Mount it, and ask again.",
            commands=("mount -t sysfs sysfs /sys",),
        )


def check_switch(host: Host) -> Iterator[CheckResult]:
    """Kprobes can be switched off as a whole: they attach then, and never run."""
    if absent(host):
        return
    content = host.read("sys/kernel/debug/kprobes/enabled")
    if content.readable and content.text.strip() == "0":
        yield problem(
            "kprobes.enabled",
            Effect.FATAL,
            "kprobes are switched off: they would attach and never run",
            remedy="Switch them on.",
            commands=("echo 1 > /sys/kernel/debug/kprobes/enabled",),
        )
    elif content.readable:
        yield fine("kprobes.enabled", "switched on")
    else:
        yield unknown(
            "kprobes.enabled",
            f"whether kprobes are switched on cannot be read ({content.error})",
            remedy="Mount debugfs as root, and ask again.",
            commands=("mount -t debugfs debugfs /sys/kernel/debug",),
        )


def check_lists(host: Host) -> Iterator[CheckResult]:
    """Read the lists of functions that refuse probes; unreadable, they disable nothing."""
    if absent(host):
        return
    lists = (
        (host.unprobeable, "kprobes' blacklist", "mount -t debugfs debugfs /sys/kernel/debug"),
        (host.traceable, "ftrace's functions", "mount -t tracefs tracefs /sys/kernel/tracing"),
    )
    unread = [(name, mount) for content, name, mount in lists if content is None]
    if unread:
        yield unknown(
            "kprobes.lists",
            f"{' and '.join(name for name, _ in unread)} cannot be read: all symbols will be tried",
            remedy="Mount as root, and ask again.",
            commands=tuple(mount for _, mount in unread),
        )
    else:
        yield fine("kprobes.lists", "blacklist and ftrace's functions read")


def check_returns(host: Host) -> Iterator[CheckResult]:
    """Prefer fexit, which has no limit; a kretprobe has a pool, and long calls can empty it."""
    if absent(host):
        return
    functions = host.functions
    if functions is None:
        yield unknown(
            "kprobes.returns", "how returns can be probed is not known: both will be tried"
        )
        return
    lacks = [
        what
        for what, there in (
            ("BTF (/sys/kernel/btf/vmlinux)", host.is_file("sys/kernel/btf/vmlinux")),
            (TRAMPOLINE, TRAMPOLINE in functions),
            (DIRECT_CALLS, any(name.startswith(DIRECT_CALLS) for name in functions)),
        )
        if not there
    ]
    if not lacks:
        yield fine("kprobes.returns", "returns by fexit")
    elif "register_kretprobe" in functions:
        yield problem(
            "kprobes.returns",
            Effect.NOTE,
            f"no fexit ({', '.join(lacks)} missing): returns are probed by kretprobes, whose pool"
            " is small (10 on 2 CPUs); calls that wait in the kernel can empty it",
            remedy="Boot a kernel with BTF; what the pool loses is counted and reported.",
            commands=commands(KERNEL, host.family),
        )
    else:
        yield problem(
            "kprobes.returns",
            Effect.STAGE,
            f"no return can be probed: no fexit ({', '.join(lacks)} missing) and no kretprobes."
            " The stages copy and exit are lost",
            remedy="Boot a stock kernel.",
            commands=commands(KERNEL, host.family),
        )


def _has_kprobe_events(host: Host) -> bool:
    return any(host.exists(f"{folder}/kprobe_events") for folder in TRACEFS)
