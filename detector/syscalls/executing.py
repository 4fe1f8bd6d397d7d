"""The calls that execute a file: execve(2), execveat(2).

The path through the kernel is fs/exec.c: do_execveat_common, which is given a copy of the path
(getname), then do_open_execat, which opens it by do_filp_open. The words of argv are copied by
copy_strings into the new program's memory, and stand there as a whole when exec_binprm says that
it begins.
"""

from __future__ import annotations

from detector.model.form import Form
from detector.syscalls.entry import Argument, Parameter, Syscall
from detector.syscalls.exact_probes import LIMITS, exact_probes, path_arguments

_PATH = Parameter("pathname", "const char *", "the path of what is executed", by_value=False)
_WORDS = Parameter("argv", "const char *const *", "its arguments", by_value=False, optional=True)
_ENVIRONMENT = Parameter("envp", "const char *const *", "its environment", by_value=False)
_LIMITS = (
    *LIMITS,
    (
        "Of `argv` the first four words are compared, of each at most 255 bytes, where the call"
        " succeeds: at its use by what the new program's memory has (sched:sched_process_exec)."
        " Where that is a script's interpreter nothing is, as its own words stand before them."
    ),
    "Of a race of its words alone the caller is told as it is then: the new program.",
    "Of the words in `envp` nothing is compared.",
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
        arguments=(
            *path_arguments((_PATH.name, parameters.index(_PATH))),
            Argument(
                name=_WORDS.name,
                position=parameters.index(_WORDS),
                form=Form.WORDS,
                exact=True,
                used_apart=True,
            ),
        ),
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
