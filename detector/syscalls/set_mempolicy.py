"""set_mempolicy(2): long set_mempolicy(mode, nodemask, maxnode).

The path through the kernel is mm/mempolicy.c: kernel_set_mempolicy, sanitize_mpol_flags (which has
no part in the mask), get_nodes, then do_set_mempolicy, which is given the copy as it is.
"""

from __future__ import annotations

from detector.syscalls.entry import Argument, Parameter, Syscall
from detector.syscalls.nodemask_probes import KEPT, LIMITS, MAXNODE, MODE, nodemask_probes

SET_MEMPOLICY = Syscall(
    name="set_mempolicy",
    wire=3,
    number=238,
    compat_number=276,
    parameters=(
        Parameter("mode", "int", MODE, example=2),
        Parameter(
            "nodemask",
            "const unsigned long *",
            "the nodes of the policy",
            by_value=False,
            optional=True,
        ),
        Parameter("maxnode", "unsigned long", MAXNODE),
    ),
    arguments=(Argument(name="nodemask", position=1, length_position=2),),
    # the third of mode, flags, nodes
    probes=nodemask_probes(
        "set_mempolicy",
        "do_set_mempolicy",
        "use_3",
        masks="the mask",
        used="the mask as the kernel makes the policy of it",
    ),
    success_is_use=True,
    summary="Says on which nodes memory of the calling thread is to be allocated.",
    limits=(
        *LIMITS,
        "The use is what do_set_mempolicy is given: it may still refuse the policy (EINVAL).",
        KEPT,
    ),
    related=("mbind", "get_mempolicy", "set_mempolicy_home_node", "migrate_pages"),
    scenario="mempolicy-flip",
    returns="",
)
