"""mbind(2): long mbind(addr, len, mode, nodemask, maxnode, flags).

The path through the kernel is mm/mempolicy.c: kernel_mbind, sanitize_mpol_flags (which has no part
in the mask), get_nodes, then do_mbind, which is given the copy as it is.
"""

from __future__ import annotations

from detector.syscalls.entry import Argument, Parameter, Syscall
from detector.syscalls.nodemask_probes import KEPT, LIMITS, MAXNODE, MODE, nodemask_probes

MBIND = Syscall(
    name="mbind",
    wire=2,
    number=237,
    compat_number=274,
    parameters=(
        Parameter(
            "addr",
            "void *",
            "where the range begins that gets the policy",
            example=0x7F10_2000_0000,
        ),
        Parameter("len", "unsigned long", "how long it is, in bytes", example=4096),
        Parameter("mode", "unsigned long", MODE, example=2),
        Parameter(
            "nodemask",
            "const unsigned long *",
            "the nodes of the policy",
            by_value=False,
            optional=True,
        ),
        Parameter("maxnode", "unsigned long", MAXNODE),
        Parameter("flags", "unsigned int", "whether pages that are there already are moved"),
    ),
    arguments=(Argument(name="nodemask", position=3, length_position=4),),
    # the fifth of start, len, mode, mode_flags, nmask, flags
    probes=nodemask_probes(
        "mbind",
        "do_mbind",
        "use_5",
        masks="the mask",
        used="the mask as the kernel makes the policy of it",
    ),
    success_is_use=True,
    summary="Says on which nodes the pages of a range of the caller's memory are to lie.",
    limits=(
        *LIMITS,
        "The use is what do_mbind is given: it may still refuse the policy (EINVAL, EPERM).",
        KEPT,
    ),
    related=("set_mempolicy", "get_mempolicy", "set_mempolicy_home_node", "move_pages"),
    scenario="mbind-flip",
    returns="",
)
