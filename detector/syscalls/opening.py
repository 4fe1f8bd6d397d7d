"""The calls that open a file by its path: open(2), openat(2), openat2(2), creat(2).

The path through the kernel is fs/open.c: do_sys_openat2, which copies it (fs/namei.c: getname),
then do_filp_open, which is given that copy.
"""

from __future__ import annotations

from detector.syscalls.entry import Parameter, Syscall
from detector.syscalls.exact_probes import LIMITS, NOT_ALONE, exact_probes, path_arguments

_PATH = Parameter("pathname", "const char *", "the file's path", by_value=False)
_DIRECTORY = Parameter("dirfd", "int", "the folder that a relative path begins at", example=-100)
_FLAGS = Parameter("flags", "int", "how it is opened")
_MODE = Parameter("mode", "mode_t", "the permissions of a file that is made")
_PARAMETERS = {
    "open": (_PATH, _FLAGS, _MODE),
    "openat": (_DIRECTORY, _PATH, _FLAGS, _MODE),
    "openat2": (
        _DIRECTORY,
        _PATH,
        Parameter("how", "struct open_how *", "how it is opened", by_value=False),
        Parameter("size", "size_t", "how long that structure is, in bytes", example=24),
    ),
    "creat": (_PATH, _MODE),
}
_NUMBERS = {"open": (2, 5), "openat": (257, 295), "openat2": (437, 437), "creat": (85, 8)}
_URING = {"openat": ("IORING_OP_OPENAT",), "openat2": ("IORING_OP_OPENAT2",)}
_MORE = {"openat2": ("What `how` points to is copied too, and not compared.",)}


def _opening(name: str, wire: int) -> Syscall:
    parameters = _PARAMETERS[name]
    number, compat_number = _NUMBERS[name]
    return Syscall(
        name=name,
        wire=wire,
        number=number,
        compat_number=compat_number,
        parameters=parameters,
        arguments=path_arguments((_PATH.name, parameters.index(_PATH))),
        probes=exact_probes(
            name,
            "do_filp_open",
            program="use_filename_2",
            what="the path",
            used="the path by which the kernel opens the file",
            compat=name in {"open", "openat"},
        ),
        hot=True,
        success_is_use=True,
        summary="Opens a file by its path.",
        limits=(*LIMITS, NOT_ALONE, *_MORE.get(name, ())),
        uring=_URING.get(name, ()),
        related=tuple(other for other in (*_PARAMETERS, "execve") if other != name),
        scenario=f"{name}-flip",
        returns="the file's descriptor",
    )


OPEN = _opening("open", 4)
OPENAT = _opening("openat", 5)
OPENAT2 = _opening("openat2", 6)
CREAT = _opening("creat", 7)
