"""migrate_pages(2): long migrate_pages(int pid, unsigned long maxnode, old_nodes, new_nodes).

The path through the kernel is mm/mempolicy.c: kernel_migrate_pages, get_nodes (twice), then
do_migrate_pages.
"""

from __future__ import annotations

from detector.syscalls.entry import Argument, Parameter, Syscall
from detector.syscalls.nodemask_probes import LIMITS, MAXNODE, nodemask_probes

MIGRATE_PAGES = Syscall(
    name="migrate_pages",
    wire=1,
    number=256,
    compat_number=294,
    parameters=(
        Parameter("pid", "int", "the process whose pages are moved; 0: the caller"),
        Parameter("maxnode", "unsigned long", MAXNODE),
        Parameter(
            "old_nodes",
            "const unsigned long *",
            "the nodes whose pages are moved",
            by_value=False,
            optional=True,
        ),
        Parameter(
            "new_nodes",
            "const unsigned long *",
            "the nodes that they are moved to",
            by_value=False,
            optional=True,
        ),
    ),
    arguments=(
        Argument(name="old_nodes", position=2, length_position=1),
        Argument(name="new_nodes", position=3, length_position=1, narrowed=True),
    ),
    probes=nodemask_probes(
        "migrate_pages",
        "do_migrate_pages",
        "use_2_3",
        masks="both masks",
        used="both masks as the kernel acts on them",
    ),
    hook="task_movememory",
    success_is_use=True,
    summary="Moves the pages of a process that lie on some nodes to other ones.",
    limits=(
        *LIMITS,
        "The kernel narrows new_nodes to the caller's cpuset before the use: less is honest there.",
        "Where the copy cannot be seen, only old_nodes is compared exactly with the use.",
    ),
    related=("move_pages", "mbind", "set_mempolicy"),
    scenario="flip-old",
    returns="pages that could not be moved",
)
