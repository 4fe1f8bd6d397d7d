"""mount(2): int mount(source, target, filesystemtype, mountflags, data).

The path through the kernel is fs/namespace.c: it copies source and type (copy_mount_string), and
hands the copies to path_mount.
"""

from __future__ import annotations

from detector.syscalls.entry import Parameter, Syscall
from detector.syscalls.exact_probes import LIMITS, exact_probes, path_arguments

MOUNT = Syscall(
    name="mount",
    wire=17,
    number=165,
    compat_number=21,
    parameters=(
        Parameter("source", "const char *", "what is mounted", by_value=False, optional=True),
        Parameter("target", "const char *", "where it is mounted", by_value=False),
        Parameter(
            "filesystemtype",
            "const char *",
            "the name of its file system",
            by_value=False,
            optional=True,
        ),
        Parameter("mountflags", "unsigned long", "how it is mounted"),
        Parameter(
            "data", "const void *", "more for the file system", by_value=False, optional=True
        ),
    ),
    arguments=path_arguments(("source", 0), ("filesystemtype", 2)),
    probes=exact_probes(
        "mount",
        "path_mount",
        program="use_string_1_3",
        what="both strings",
        used="both strings as the kernel mounts by them",
    ),
    hot=True,
    success_is_use=True,
    summary="Mounts a file system.",
    limits=(
        *LIMITS,
        (
            "The target is looked up before the use, which has a folder and no path: it is not"
            " compared; nor is `data`, whose layout is the file system's."
        ),
    ),
    related=("openat",),
    scenario="mount-flip",
    returns="",
)
