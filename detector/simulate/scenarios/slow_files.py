"""Scenarios in which a file system in user space holds a call, as slow as it likes.

`fuse`: the path or the address ends in a mapped file of it, so the kernel's copy waits for that
file, and what comes before it is rewritten. `fuse-late`: the file that is opened is on it, and the
path is rewritten once the kernel has used it.
"""

from __future__ import annotations

from contextlib import ExitStack
from functools import partial
from typing import TYPE_CHECKING

from detector.errors import SimulationError
from detector.raw_syscall import raw_syscall
from detector.simulate import fuse, syscalls
from detector.simulate.held_text import WORD, HeldText
from detector.simulate.pages import PAGE, write
from detector.simulate.scenario import Scenario
from detector.simulate.scenarios.fifos import NR_OPENAT, SHOWN, USED
from detector.simulate.scenarios.texts import truth_of_texts
from detector.simulate.text_calls import TEXT_CALLS, TextCall
from detector.simulate.truth import CallTruth, used_and_after

if TYPE_CHECKING:
    from detector.simulate.host import Host

NR_CLOSE, NR_MMAP = 3, 9
_BY_NAME = {call.syscall: call for call in TEXT_CALLS}


def _map_new_file(files: fuse.SlowFiles, address: int) -> None:
    """Put a file that nobody has read yet in place of the page at `address`."""
    with HeldText() as name:
        write(name.address, b"text\0")
        opened = raw_syscall(NR_OPENAT, files.folder, name.address, 0)
    flags = syscalls.MAP_PRIVATE | syscalls.MAP_FIXED
    mapped = raw_syscall(NR_MMAP, address, PAGE, syscalls.PROT_READ, flags, opened, 0)
    raw_syscall(NR_CLOSE, opened)
    if mapped != address:
        raise SimulationError("a slow file cannot be mapped")


def _perform_held(call: TextCall, _: Host, times: int) -> list[int]:
    returned = []
    with ExitStack() as stack:
        text = stack.enter_context(HeldText())
        files = stack.enter_context(fuse.SlowFiles())
        for repetition in range(times):
            _map_new_file(files, text.held)
            rest = text.across(call.first(repetition), call.word)
            changed = call.second(repetition)[WORD * call.word : WORD * (call.word + 1) - 1]
            rewrite = partial(write, text.address_of_text + WORD * call.word, changed)
            files.arm(fuse.READ, rewrite, rest)
            returned.append(call.make(text.address_of_text, 0))
            files.check()
    return returned


def _perform_open(after: str, _: Host, times: int) -> list[int]:
    returned = []
    with ExitStack() as stack:
        text = stack.enter_context(HeldText())
        files = stack.enter_context(fuse.SlowFiles())
        for _repetition in range(times):
            write(text.address, USED.encode() + b"\0")
            files.arm(fuse.LOOKUP, partial(write, text.address, after.encode() + b"\0"))
            returned.append(raw_syscall(NR_OPENAT, files.folder, text.address, 0))
            raw_syscall(NR_CLOSE, returned[-1])
            files.check()
    return returned


def _truth_open(after: str, _: Host, times: int) -> tuple[CallTruth, ...]:
    return used_and_after("openat", "pathname", USED, after, times)


SLOW_FILES = (
    *(
        Scenario(
            name=f"{name}-fuse",
            summary=f"another {_BY_NAME[name].arguments[0]} while a slow file holds its end",
            calls=partial(truth_of_texts, _BY_NAME[name], "race"),
            perform=partial(_perform_held, _BY_NAME[name]),
        )
        for name in ("openat", "connect")
    ),
    Scenario(
        name="openat-fuse-late",
        summary="another path while a slow file system opens the file",
        calls=partial(_truth_open, SHOWN),
        perform=partial(_perform_open, SHOWN),
    ),
    Scenario(
        name="openat-fuse-clean",
        summary="honest opening of a file on a slow file system",
        calls=partial(_truth_open, USED),
        perform=partial(_perform_open, USED),
    ),
)
