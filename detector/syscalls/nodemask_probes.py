"""The probes of a call that copies its masks by get_nodes(), in mm/mempolicy.c, and uses them."""

from __future__ import annotations

from detector.model.stage import Stage
from detector.syscalls.entry import Probe

NO_COMPAT = "the tracepoints of system calls leave 32-bit callers out"
"""kernel/trace/trace_syscalls.c: trace_get_syscall_nr, arch_trace_is_compat_syscall."""

MODE = "the policy, and flags in its upper bits"
MAXNODE = "how many bits the mask has, plus one"
LIMITS = (
    "A mask that is changed and changed back between two looks (ABA) looks the same at both.",
    "A mask on a page that is not resident cannot be read at entry: such a finding is `blind`.",
)
"""What cannot be seen of any call that copies a mask."""
KEPT = "The policy keeps of the mask what the caller's cpuset and the nodes with memory allow."


def nodemask_probes(
    name: str, use: str, program: str, *, masks: str, used: str
) -> tuple[Probe, ...]:
    """Give the probes of the call `name`, whose masks the function `use` acts on.

    `program` is the one in bpf/ that finds them among its parameters. `masks` says what is read
    for a person, `used` what the use has.
    """
    native = f"__x64_sys_{name}"
    # 5.15 folded the compat functions into the plain ones (commit e130242dc351)
    compat = (f"__ia32_sys_{name}", f"__ia32_compat_sys_{name}")
    return (
        Probe(
            stage=Stage.ENTRY,
            abi="x86_64",
            symbols=(native,),
            returns=False,
            required=True,
            program="entry_x86_64",
            purpose=f"{masks} in user memory, when a checker would read {_them(masks)}",
            tracepoint=f"syscalls:sys_enter_{name}",
        ),
        Probe(
            stage=Stage.ENTRY,
            abi="i386",
            symbols=compat,
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
            symbols=(use,),
            returns=False,
            required=False,
            program=program,
            purpose=f"{used}, and the caller's cpuset nodes",
        ),
        Probe(
            stage=Stage.EXIT,
            abi="x86_64",
            symbols=(native,),
            returns=True,
            entered=False,
            required=False,
            program="exit",
            purpose=f"the return value, and {masks} in user memory once more",
            tracepoint=f"syscalls:sys_exit_{name}",
        ),
        Probe(
            stage=Stage.EXIT,
            abi="i386",
            symbols=compat,
            returns=True,
            entered=False,
            required=False,
            program="exit",
            purpose="the same for 32-bit callers",
            untraced=NO_COMPAT,
        ),
    )


def _them(masks: str) -> str:
    return "them" if masks.startswith("both") else "it"
