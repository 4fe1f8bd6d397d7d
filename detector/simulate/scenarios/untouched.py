"""Scenarios of a path that nobody has touched yet, so that a look which may not fault is denied.

In a file that the process has mapped for itself that is honest: so are the constants of a program.
In one that is mapped to be shared and written others can change it: nobody could have checked it.
"""

from __future__ import annotations

import tempfile
from functools import partial

from detector.errors import SimulationError
from detector.raw_syscall import raw_syscall
from detector.simulate import syscalls
from detector.simulate.host import Host
from detector.simulate.pages import PAGE
from detector.simulate.scenario import Scenario
from detector.simulate.text_calls import AT_FDCWD
from detector.simulate.truth import CallTruth, Kind, TextTruth, text_call

NR_MMAP, NR_MUNMAP, NR_OPENAT = 9, 11, 257
_PATH = "/toctrace/nowhere/untouched"
_WRITABLE = syscalls.PROT_READ | syscalls.PROT_WRITE


def _perform(flags: int, _: Host, times: int) -> list[int]:
    returned = []
    with tempfile.TemporaryFile() as file:
        file.write(_PATH.encode().ljust(PAGE, b"\0"))
        file.flush()
        for _repetition in range(times):
            address = raw_syscall(NR_MMAP, 0, PAGE, _WRITABLE, flags, file.fileno(), 0)
            if address < 0:
                raise SimulationError("a file cannot be mapped")
            returned.append(raw_syscall(NR_OPENAT, AT_FDCWD, address, 0, 0))
            raw_syscall(NR_MUNMAP, address, PAGE)
    return returned


def _truth(kind: Kind, _: Host, times: int) -> tuple[CallTruth, ...]:
    window = None if kind == "none" else "entry→use"
    text = TextTruth(entry=None, use=_PATH, exit=_PATH, kind=kind, window=window)
    return tuple(
        text_call("openat", repetition, "ENOENT", {"pathname": text}) for repetition in range(times)
    )


UNTOUCHED = (
    Scenario(
        name="openat-untouched",
        summary="a path in a file of one's own that nobody has read yet",
        calls=partial(_truth, "none"),
        perform=partial(_perform, syscalls.MAP_PRIVATE),
    ),
    Scenario(
        name="openat-shared",
        summary="the same in memory that others can write",
        calls=partial(_truth, "blind"),
        perform=partial(_perform, syscalls.MAP_SHARED),
    ),
)
