"""move_pages(2): long move_pages(pid, count, pages, nodes, status, flags).

The path through the kernel is mm/migrate.c: kernel_move_pages, do_pages_move, which reads one
address and one node at a time (get_user), and has the pages that it has queued for one node moved
by move_pages_and_store_status before it goes on with another one.
"""

from __future__ import annotations

from detector.model.form import Form
from detector.syscalls.entry import Argument, Parameter, Syscall
from detector.syscalls.exact_probes import exact_probes

MOVE_PAGES = Syscall(
    name="move_pages",
    wire=18,
    number=279,
    compat_number=317,
    parameters=(
        Parameter("pid", "int", "the process whose pages are moved; 0: the caller"),
        Parameter("count", "unsigned long", "how many pages there are", example=2),
        Parameter("pages", "const void **", "the addresses of the pages", by_value=False),
        Parameter(
            "nodes",
            "const int *",
            "the node that each is moved to; NULL: nothing is moved, and where they are is told",
            by_value=False,
            optional=True,
        ),
        Parameter("status", "int *", "where each page is then: an output", by_value=False),
        Parameter("flags", "int", "whether pages are moved that others map, too"),
    ),
    arguments=(
        Argument(name="pages", position=2, length_position=1, form=Form.POINTERS),
        Argument(name="nodes", position=3, length_position=1, form=Form.INTEGERS, in_pieces=True),
    ),
    probes=exact_probes(
        "move_pages",
        "move_pages_and_store_status",
        # gcc's name for it where it leaves out a parameter that is not used: the memory, until 6.7
        "move_pages_and_store_status.isra.0",
        program="use_piece_1_4_5",
        what="both arrays",
        used="the node that a batch of pages is moved to, and which of them it has",
    ),
    hot=True,
    success_is_use=False,
    summary="Moves pages of a process to the node that is named for each of them.",
    limits=(
        (
            "The kernel reads its arrays piece by piece while pages are moving already, and no"
            " function is given a piece together with its address: the addresses it used cannot"
            " be seen. Of them entry is held against exit, element by element."
        ),
        (
            "Of the nodes the use has those elements that a batch had. Of a page that was on its"
            " node already, could not be queued, or comes after the call failed, none is seen:"
            " entry is held against exit, as of the addresses."
        ),
        (
            "What was used is told when the call returns. A caller that keeps it in the kernel (a"
            " page of an array that it holds back) keeps it untold for as long; if watching ends"
            " first, the call is counted as cut by the end."
        ),
        "Of each array the first 4,096 bytes are compared; whether there is more is said.",
        "Of an element without a use, a change that is undone before the call returns is not seen.",
    ),
    related=("migrate_pages", "mbind"),
    scenario="move_pages-flip",
    returns="pages that could not be moved",
)
