"""One line for a call as strace would write it, and what its return value means."""

from __future__ import annotations

import os

from detector.model.enforcement import Enforced
from detector.model.judgement import Cut, JudgedCall
from detector.model.kernel_error import error_name
from detector.syscalls.registers import as_read
from detector.syscalls.table import BY_NAME

ENFORCED = {
    Enforced.REFUSED: "refused with EPERM by --enforce, before any page moved",
    Enforced.WOULD_REFUSE: "would be refused with EPERM (a dry run: nothing was done)",
    Enforced.KILLED: "SIGKILL was sent to the caller; the call itself may have gone through",
    Enforced.LET_THROUGH: "let through: the kernel could not tell that it was raced",
    Enforced.NOT_ENFORCEABLE: "not enforceable: it met no hook between its copy and its use",
}
"""What was made of a call, for a person."""

_NOT_SEEN: dict[Cut | None, str] = {
    Cut.END: "not seen: watching ended first",
    Cut.PARKED: "not yet: it was still in the kernel when it was judged",
}


def call_line(call: JudgedCall) -> str:
    """Write the call with its named arguments."""
    shown = []
    for parameter, value in zip(BY_NAME[call.syscall].parameters, call.args, strict=False):
        number = as_read(parameter, value)
        shown.append(
            f"{parameter.name}={number:#x}"
            if parameter.is_address
            else f"{parameter.name}={number}"
        )
    width = " (32-bit call)" if call.abi == "i386" else ""
    return f"{call.syscall}({', '.join(shown)}){width}"


def result_line(call: JudgedCall) -> str:
    """Say how the call ended."""
    if call.returned is None:
        return _NOT_SEEN.get(call.cut, "not seen")
    if call.returned < 0:
        name = error_name(call.returned)
        return f"{name} ({os.strerror(-call.returned)}): the kernel refused the call"
    counted = BY_NAME[call.syscall].returns
    return f"success ({call.returned} {counted})" if counted else "success"
