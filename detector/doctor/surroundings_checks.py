"""What no stage needs: NUMA nodes, userfaultfd, cgroups, and who the tasks are."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from detector.doctor.privilege_checks import CAP_SYS_PTRACE
from detector.doctor.result import Effect, fine, problem, unknown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from detector.doctor.host import Host
    from detector.doctor.result import CheckResult

NODE_LIST = re.compile(r"\d{1,9}(-\d{1,9})?(,\d{1,9}(-\d{1,9})?)*")
ONE_NODE = re.compile(r"\d+")

INITIAL_PID_NAMESPACE = "pid:[4026531836]"
"""include/linux/proc_ns.h: PROC_PID_INIT_INO."""


def check_nodes(host: Host) -> Iterator[CheckResult]:
    """On one node every race is still seen; there is only nowhere to move a page to."""
    content = host.read("sys/devices/system/node/online")
    nodes = content.text.strip()
    if not NODE_LIST.fullmatch(nodes):
        yield unknown(
            "memory.nodes",
            "the online NUMA nodes cannot be read: is the kernel built with CONFIG_NUMA?",
        )
    elif ONE_NODE.fullmatch(nodes):
        yield problem(
            "memory.nodes",
            Effect.NOTE,
            "one NUMA node online: races are seen, but no page can move",
            remedy="To see pages move, use a host or VM with two nodes:"
            " `scripts/vm 6.12 --nodes 2 -- ...`.",
        )
    else:
        yield fine("memory.nodes", f"NUMA nodes {nodes}")


def check_userfaultfd(host: Host) -> Iterator[CheckResult]:
    """`simulate` and the self-test hold the kernel's own copy (mm/userfaultfd.c: the syscall)."""
    functions = host.functions
    if functions is not None and "__x64_sys_userfaultfd" not in functions:
        yield problem(
            "memory.userfaultfd",
            Effect.NOTE,
            "the kernel has no userfaultfd: `simulate` can play only some races",
            remedy="Boot a kernel with CONFIG_USERFAULTFD=y.",
        )
        return
    allowed = host.read("proc/sys/vm/unprivileged_userfaultfd").text.strip() == "1"
    if allowed or (host.capabilities or 0) & CAP_SYS_PTRACE:
        yield fine("memory.userfaultfd", "userfaultfd allowed")
    else:
        yield problem(
            "memory.userfaultfd",
            Effect.NOTE,
            "userfaultfd may not hold the kernel's reads here: `simulate` can play only some races",
            remedy="Run as root (CAP_SYS_PTRACE), or allow it.",
            commands=("sysctl -w vm.unprivileged_userfaultfd=1",),
        )


def check_cgroup(host: Host) -> Iterator[CheckResult]:
    """Look for the v2 hierarchy: its ids are what bpf_get_current_cgroup_id gives."""
    place = host.filesystems.get("cgroup2")
    if place is None:
        yield problem(
            "names.cgroup",
            Effect.NOTE,
            "no cgroup v2 is mounted: cgroups stay without names, and --cgroup finds none",
            remedy="Boot with systemd.unified_cgroup_hierarchy=1, or mount it.",
            commands=("mkdir -p /mnt/cgroup2", "mount -t cgroup2 cgroup2 /mnt/cgroup2"),
        )
    else:
        yield fine("names.cgroup", f"cgroup v2 at {place}")


def check_pid_namespace(host: Host) -> Iterator[CheckResult]:
    """Within a pid namespace, most tasks have no number here and no name."""
    namespace = host.link("proc/self/ns/pid")
    if namespace == INITIAL_PID_NAMESPACE:
        yield fine("names.pid_namespace", "initial pid namespace")
    elif namespace:
        yield problem(
            "names.pid_namespace",
            Effect.NOTE,
            "inside a container (a pid namespace of its own): tasks outside have no names here",
            remedy="Run on the host, or share its namespace (docker: --pid=host).",
        )
    else:
        yield unknown("names.pid_namespace", "the pid namespace cannot be read")


def check_process_connector(host: Host) -> Iterator[CheckResult]:
    """Look for what names tasks that end at once (drivers/connector/connector.c)."""
    # cn_init registers the file in the initial network namespace only.
    if "cn_proc" in host.read("proc/net/connector").text:
        yield fine("names.connector", "process connector")
    else:
        yield problem(
            "names.connector",
            Effect.NOTE,
            "no process connector here: names of short-lived tasks may be lost, findings are not",
            remedy="Run in the host's network namespace (docker: --network=host), on a kernel"
            " with CONFIG_PROC_EVENTS=y.",
        )
