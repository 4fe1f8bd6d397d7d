"""What the programs are told of the running kernel, which no header tells them.

See bpf/fields.h: where the fields lie that they read of the kernel's structures, by its BTF, and
how many nodes it can number, by /proc.
"""

from __future__ import annotations

from pathlib import Path

from detector.capture.btf import Btf
from detector.errors import ObservationError

BTF = Path("sys/kernel/btf/vmlinux")
STATUS = Path("proc/self/status")
READ = (
    ("task_struct", "pid"),
    ("task_struct", "tgid"),
    ("task_struct", "thread_pid"),
    ("task_struct", "start_boottime"),
    ("task_struct", "signal"),
    ("task_struct", "flags"),
    ("task_struct", "mems_allowed"),
    ("signal_struct", "pids"),
    ("pid", "level"),
    ("pid", "numbers"),
    ("upid", "nr"),
    ("upid", "ns"),
    ("pid_namespace", "ns"),
    ("ns_common", "inum"),
)
"""Every field that the programs in bpf/ read."""


def kernel_fields(root: Path = Path("/")) -> dict[str, int]:
    """Give the defines for this kernel. Raises ObservationError where it does not tell."""
    try:
        btf = Btf((root / BTF).read_bytes())
    except OSError as error:
        raise ObservationError(
            f"/{BTF} cannot be read ({error.strerror}): without this kernel's type information"
            " (CONFIG_DEBUG_INFO_BTF) nothing of it can be read"
        ) from None
    fields = {
        f"{structure}__{member}".upper(): btf.offset(structure, member)
        for structure, member in READ
    }
    nodes = most_nodes((root / STATUS).read_text(encoding="ascii", errors="replace"))
    return fields | {"MAX_NUMNODES": nodes}


def most_nodes(status: str) -> int:
    """Give MAX_NUMNODES: Mems_allowed has four of its bits a digit (kernel/cgroup/cpuset.c)."""
    for line in status.splitlines():
        name, _, value = line.partition(":")
        if name == "Mems_allowed":
            return 4 * len(value.strip().replace(",", ""))
    raise ObservationError("/proc/self/status has no Mems_allowed: this kernel has no cpusets")
