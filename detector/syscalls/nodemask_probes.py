"""The probes of a call that copies its masks by get_nodes(), in mm/mempolicy.c, and uses them."""

from __future__ import annotations

from detector.model.stage import Stage
from detector.syscalls.ends import entry_probes, exit_probes
from detector.syscalls.entry import Probe

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
    # 5.15 folded the compat functions into the plain ones (commit e130242dc351)
    compat = (f"__ia32_sys_{name}", f"__ia32_compat_sys_{name}")
    return (
        *entry_probes(
            name, compat, f"{masks} in user memory, when a checker would read {_them(masks)}"
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
        *exit_probes(name, compat, f"the return value, and {masks} in user memory once more"),
    )


def _them(masks: str) -> str:
    return "them" if masks.startswith("both") else "it"
