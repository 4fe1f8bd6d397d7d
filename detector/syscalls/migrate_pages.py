"""migrate_pages(2): long migrate_pages(int pid, unsigned long maxnode, old_nodes, new_nodes).

The path through the kernel is mm/mempolicy.c: kernel_migrate_pages, get_nodes (twice), then
do_migrate_pages.
"""

from __future__ import annotations

from detector.model.stage import Stage
from detector.syscalls.entry import Argument, Probe, Syscall

NO_COMPAT = "the tracepoints of system calls leave 32-bit callers out"
"""kernel/trace/trace_syscalls.c: trace_get_syscall_nr, arch_trace_is_compat_syscall."""

MIGRATE_PAGES = Syscall(
    name="migrate_pages",
    wire=1,
    number=256,
    parameters=("pid", "maxnode", "old_nodes", "new_nodes"),
    arguments=(
        Argument(name="old_nodes", position=2, bits_position=1),
        Argument(name="new_nodes", position=3, bits_position=1, narrowed=True),
    ),
    probes=(
        Probe(
            stage=Stage.ENTRY,
            abi="x86_64",
            symbols=("__x64_sys_migrate_pages",),
            returns=False,
            required=True,
            program="entry_x86_64",
            purpose="both masks in user memory, when a checker would read them",
            tracepoint="syscalls:sys_enter_migrate_pages",
        ),
        Probe(
            stage=Stage.ENTRY,
            abi="i386",
            # 5.15 folded the compat function into the plain one (commit e130242dc351)
            symbols=("__ia32_sys_migrate_pages", "__ia32_compat_sys_migrate_pages"),
            returns=False,
            required=False,
            program="entry_i386",
            purpose="the same for 32-bit callers",
            untraced=NO_COMPAT,
        ),
        Probe(
            stage=Stage.COPY,
            abi="any",
            symbols=("get_nodes", "get_nodes.isra.0", "get_nodes.constprop.0"),
            returns=True,
            required=False,
            program="copy",
            purpose="the kernel's raw copy of each mask, and what copying it returned",
        ),
        Probe(
            stage=Stage.USE,
            abi="any",
            symbols=("do_migrate_pages",),
            returns=False,
            required=False,
            program="use",
            purpose="both masks as the kernel acts on them, and the caller's cpuset nodes",
        ),
        Probe(
            stage=Stage.EXIT,
            abi="x86_64",
            symbols=("__x64_sys_migrate_pages",),
            returns=True,
            entered=False,
            required=False,
            program="exit",
            purpose="the return value, and both masks in user memory once more",
            tracepoint="syscalls:sys_exit_migrate_pages",
        ),
        Probe(
            stage=Stage.EXIT,
            abi="i386",
            symbols=("__ia32_sys_migrate_pages", "__ia32_compat_sys_migrate_pages"),
            returns=True,
            entered=False,
            required=False,
            program="exit",
            purpose="the same for 32-bit callers",
            untraced=NO_COMPAT,
        ),
    ),
    hook="task_movememory",
    success_is_use=True,
    returns="pages that could not be moved",
)
