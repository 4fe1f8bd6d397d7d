"""What the programs are told of the running kernel, which no header tells them.

See bpf/fields.h: where the fields lie that they read of the kernel's structures, by its BTF, and
how many nodes it can number, by /proc.
"""

from __future__ import annotations

from contextlib import suppress
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
    ("task_struct", "comm"),
    ("task_struct", "cred"),
    ("task_struct", "cgroups"),
    ("cred", "uid"),
    ("cred", "gid"),
    ("css_set", "dfl_cgrp"),
    ("cgroup", "kn"),
    ("kernfs_node", "id"),
    ("signal_struct", "pids"),
    ("pid", "level"),
    ("pid", "numbers"),
    ("upid", "nr"),
    ("upid", "ns"),
    ("pid_namespace", "ns"),
    ("ns_common", "inum"),
)
"""Every field that tells callers apart: without one of them nothing can be watched."""
NAMING = (
    ("task_struct", "group_leader"),
    ("task_struct", "real_parent"),
    ("task_struct", "mm"),
    ("task_struct", "fs"),
    ("task_struct", "nsproxy"),
    ("task_struct", "real_cred"),
    ("task_struct", "loginuid"),
    ("mm_struct", "exe_file"),
    ("mm_struct", "arg_start"),
    ("mm_struct", "arg_end"),
    ("mm_struct", "start_code"),
    ("mm_struct", "end_code"),
    ("file", "f_path"),
    ("file", "f_inode"),
    ("inode", "i_ino"),
    ("inode", "i_sb"),
    ("super_block", "s_dev"),
    ("path", "mnt"),
    ("path", "dentry"),
    ("dentry", "d_name"),
    ("dentry", "d_parent"),
    ("dentry", "d_hash"),
    ("qstr", "name"),
    ("hlist_bl_node", "pprev"),
    ("vfsmount", "mnt_root"),
    ("mount", "mnt"),
    ("mount", "mnt_parent"),
    ("mount", "mnt_mountpoint"),
    ("fs_struct", "pwd"),
    ("kernfs_node", "name"),
    ("kernfs_node", "parent"),
    ("nsproxy", "uts_ns"),
    ("nsproxy", "ipc_ns"),
    ("nsproxy", "mnt_ns"),
    ("nsproxy", "net_ns"),
    ("nsproxy", "cgroup_ns"),
    ("nsproxy", "time_ns"),
    ("cred", "user_ns"),
    ("uts_namespace", "ns"),
    ("ipc_namespace", "ns"),
    ("mnt_namespace", "ns"),
    ("net", "ns"),
    ("cgroup_namespace", "ns"),
    ("time_namespace", "ns"),
    ("user_namespace", "ns"),
    ("task_struct", "thread_info"),
    ("task_struct", "ptrace"),
    ("task_struct", "seccomp"),
    ("thread_info", "syscall_work"),
    ("thread_info", "status"),
    ("seccomp", "filter"),
    ("seccomp_filter", "prev"),
    ("seccomp_filter", "notif"),
)
"""Every field that bpf/caller.h and bpf/supervise.h read. One that this kernel does not have costs
its name alone."""
EXACT = (
    ("filename", "name"),
    ("msghdr", "msg_name"),
    ("msghdr", "msg_namelen"),
    ("vm_area_struct", "vm_flags"),
    ("vm_area_struct", "vm_mm"),
    ("vm_area_struct", "vm_file"),
    ("super_block", "s_magic"),
    ("linux_binprm", "interp"),
    ("linux_binprm", "filename"),
)
"""Every field that bpf/exact.h and bpf/used.h read."""
RENAMED = {("kernfs_node", "parent"): "__parent"}
"""What a newer kernel calls a field: 6.15 marked this one as protected by RCU."""
NOWHERE = 1 << 62
"""The offset of a field that is not there: with it nothing is an address, and it reads as 0."""


def kernel_fields(root: Path = Path("/"), more: tuple[tuple[str, str], ...] = ()) -> dict[str, int]:
    """Give the defines for this kernel. Raises ObservationError where it does not tell.

    `more`: fields that one program reads beside those that all do; NOWHERE where the kernel does
    not have them.
    """
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
    names = {
        f"{structure}__{member}".upper(): place(btf, structure, member)
        for structure, member in (*NAMING, *more)
    }
    nodes = most_nodes((root / STATUS).read_text(encoding="ascii", errors="replace"))
    helpers = {"TOCTRACE_TASK_PT_REGS": int(btf.names("BPF_FUNC_task_pt_regs"))}  # since 5.15
    return fields | names | helpers | {"NOWHERE": NOWHERE, "MAX_NUMNODES": nodes}


def place(btf: Btf, structure: str, member: str) -> int:
    """Give a field's offset, under its newer name where it has one; else NOWHERE."""
    for name in (member, RENAMED.get((structure, member), member)):
        with suppress(ObservationError):
            return btf.offset(structure, name)
    return NOWHERE


def most_nodes(status: str) -> int:
    """Give MAX_NUMNODES: Mems_allowed has four of its bits a digit (kernel/cgroup/cpuset.c)."""
    for line in status.splitlines():
        name, _, value = line.partition(":")
        if name == "Mems_allowed":
            return 4 * len(value.strip().replace(",", ""))
    raise ObservationError("/proc/self/status has no Mems_allowed: this kernel has no cpusets")
