"""The calls that execute a file: execve(2), execveat(2).

The path through the kernel is fs/exec.c: do_execveat_common, which is given a copy of the path
(getname), then do_open_execat, which opens it by do_filp_open.
"""

from __future__ import annotations

from detector.syscalls.entry import Parameter, Syscall
from detector.syscalls.exact_probes import LIMITS, exact_probes, path_arguments

_PATH = Parameter("pathname", "const char *", "the path of what is executed", by_value=False)
_WORDS = Parameter("argv", "const char *const *", "its arguments", by_value=False, optional=True)
_ENVIRONMENT = Parameter("envp", "const char *const *", "its environment", by_value=False)
_LIMITS = (
    *LIMITS,
    (
        "Of the words in `argv` and `envp` nothing is compared: the kernel copies them one by one,"
        " and a finding names the words that the new program was given."
    ),
    "The caller's memory is gone at a successful exit: nothing is read there.",
    "Only the file that is named is compared: what it names as its interpreter is the kernel's.",
)


def _executing(
    name: str, wire: int, number: int, compat_number: int, parameters: tuple[Parameter, ...]
) -> Syscall:
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
            program="use_executable_2",
            what="the path",
            used="the path of the file that is loaded",
            compat=True,
        ),
        exit_looks=False,
        hot=True,
        success_is_use=True,
        summary="Executes a file in the place of the calling program.",
        limits=_LIMITS,
        related=tuple(other for other in ("execve", "execveat", "openat") if other != name),
        scenario=f"{name}-flip",
        returns="",
    )


EXECVE = _executing("execve", 11, 59, 11, (_PATH, _WORDS, _ENVIRONMENT))
EXECVEAT = _executing(
    "execveat",
    12,
    322,
    358,
    (
        Parameter("dirfd", "int", "the folder that a relative path begins at", example=-100),
        _PATH,
        _WORDS,
        _ENVIRONMENT,
        Parameter("flags", "int", "how the path is taken"),
    ),
)
