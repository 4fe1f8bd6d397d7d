"""The calls that change names in folders: unlinkat(2), renameat2(2), linkat(2), symlinkat(2).

The path through the kernel is fs/namei.c: each copies its paths (getname), and hands the copies to
do_unlinkat, do_renameat2, do_linkat, do_symlinkat.
"""

from __future__ import annotations

from detector.syscalls.entry import Parameter, Syscall
from detector.syscalls.exact_probes import LIMITS, exact_probes, path_arguments


def _path(name: str, meaning: str) -> Parameter:
    return Parameter(name, "const char *", meaning, by_value=False)


def _directory(name: str) -> Parameter:
    return Parameter(name, "int", "the folder that a relative path begins at", example=-100)


_FLAGS = Parameter("flags", "int", "how it is done")

UNLINKAT = Syscall(
    name="unlinkat",
    wire=13,
    number=263,
    compat_number=301,
    parameters=(_directory("dirfd"), _path("pathname", "the name that is removed"), _FLAGS),
    arguments=path_arguments(("pathname", 1)),
    probes=exact_probes(
        "unlinkat",
        "do_unlinkat",
        program="use_filename_2",
        what="the path",
        used="the path of the name that the kernel removes",
    ),
    hot=True,
    success_is_use=False,
    summary="Removes a name from a folder, and the file where it was its last one.",
    limits=(*LIMITS, "With AT_REMOVEDIR (the removal of a folder) the use is not seen."),
    uring=("IORING_OP_UNLINKAT",),
    related=("renameat2", "linkat", "symlinkat"),
    scenario="unlinkat-flip",
    returns="",
)
RENAMEAT2 = Syscall(
    name="renameat2",
    wire=14,
    number=316,
    compat_number=353,
    parameters=(
        _directory("olddirfd"),
        _path("oldpath", "the name that is changed"),
        _directory("newdirfd"),
        _path("newpath", "what it is changed to"),
        Parameter("flags", "unsigned int", "how it is done"),
    ),
    arguments=path_arguments(("oldpath", 1), ("newpath", 3)),
    probes=exact_probes(
        "renameat2",
        "do_renameat2",
        program="use_filename_2_4",
        what="both paths",
        used="both paths as the kernel renames by them",
    ),
    hot=True,
    success_is_use=True,
    summary="Gives a file another name.",
    limits=LIMITS,
    uring=("IORING_OP_RENAMEAT",),
    related=("unlinkat", "linkat", "symlinkat"),
    scenario="renameat2-flip",
    returns="",
)
LINKAT = Syscall(
    name="linkat",
    wire=15,
    number=265,
    compat_number=303,
    parameters=(
        _directory("olddirfd"),
        _path("oldpath", "a name of the file"),
        _directory("newdirfd"),
        _path("newpath", "the name that it gets, too"),
        _FLAGS,
    ),
    arguments=path_arguments(("oldpath", 1), ("newpath", 3)),
    probes=exact_probes(
        "linkat",
        "do_linkat",
        program="use_filename_2_4",
        what="both paths",
        used="both paths as the kernel links by them",
    ),
    hot=True,
    success_is_use=True,
    summary="Gives a file one more name.",
    limits=LIMITS,
    uring=("IORING_OP_LINKAT",),
    related=("unlinkat", "renameat2", "symlinkat"),
    scenario="linkat-flip",
    returns="",
)
SYMLINKAT = Syscall(
    name="symlinkat",
    wire=16,
    number=266,
    compat_number=304,
    parameters=(
        _path("target", "what the link points to"),
        _directory("newdirfd"),
        _path("linkpath", "the link's own name"),
    ),
    arguments=path_arguments(("target", 0), ("linkpath", 2)),
    probes=exact_probes(
        "symlinkat",
        "do_symlinkat",
        program="use_filename_1_3",
        what="both paths",
        used="both paths as the kernel makes the link of them",
    ),
    hot=True,
    success_is_use=True,
    summary="Makes a symbolic link.",
    limits=LIMITS,
    uring=("IORING_OP_SYMLINKAT",),
    related=("unlinkat", "renameat2", "linkat"),
    scenario="symlinkat-flip",
    returns="",
)
