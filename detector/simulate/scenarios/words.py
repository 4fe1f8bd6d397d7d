"""Scenarios of the words that a program is given: honest, of a script, and raced.

`flip`: the kernel copies the last word first (fs/exec.c: copy_strings), held there by userfaultfd,
and meanwhile the first one is rewritten, which a look at the entry could read. What is executed
does nothing, and is a child.
"""

from __future__ import annotations

import ctypes
import os
import tempfile
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from detector.errors import SimulationError
from detector.raw_syscall import raw_syscall
from detector.simulate.faults import FaultServer
from detector.simulate.held_text import HeldText
from detector.simulate.pages import write
from detector.simulate.scenario import Scenario
from detector.simulate.truth import CallTruth, TextTruth, text_call

if TYPE_CHECKING:
    from collections.abc import Callable

    from detector.simulate.host import Host

NR_EXECVE = 59
PROGRAM = "/bin/true"
LAST = "last"
_MANY = ("true", "", "it's", "d", "e", "f")
_MANY_SHOWN = "true '' 'it'\"'\"'s' d"
_UNPLAYED = 125
"""The status of a child that never came to execute."""


def _first(repetition: int) -> str:
    return 7 * "ab"[repetition % 2]


def _second(repetition: int) -> str:
    return 7 * "yz"[repetition % 2]


def _execute(program: str, words: int) -> int:
    """Execute with the array of words at an address; give what the kernel returned, if it did."""
    path = ctypes.create_string_buffer(os.fsencode(program))
    nothing = (ctypes.c_void_p * 1)(None)
    return raw_syscall(NR_EXECVE, ctypes.addressof(path), words, ctypes.addressof(nothing))


def _in_child(call: Callable[[], int]) -> int:
    """Call in a child that is another program afterwards; 0, or -errno.

    Raises SimulationError where it could not be prepared, or ended otherwise.
    """
    child = os.fork()
    if child == 0:
        try:
            os._exit(-call())
        finally:
            os._exit(_UNPLAYED)
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if status == _UNPLAYED or status < 0:
        raise SimulationError("the child that executes could not be prepared")
    return -status


def _words_of(*addresses: int) -> ctypes.Array[ctypes.c_void_p]:
    return (ctypes.c_void_p * (len(addresses) + 1))(*addresses, None)


def _raced(repetition: int, told: int) -> int:
    """Execute while the last word is held; `told` takes a byte once it was."""
    with ExitStack() as stack:
        first, last = (stack.enter_context(HeldText()) for _ in range(2))
        server = stack.enter_context(FaultServer())
        server.register(last.held)

        def rewrite() -> None:
            write(first.address, _second(repetition).encode())
            os.write(told, b"1")

        write(first.address, _first(repetition).encode() + b"\0")
        server.arm(last.held, rewrite, LAST.encode() + b"\0")
        words = _words_of(first.address, last.held)
        return _execute(PROGRAM, ctypes.addressof(words))


def _perform_flip(_: Host, times: int) -> list[int]:
    returned = []
    for repetition in range(times):
        reader, writer = os.pipe()
        with os.fdopen(reader, "rb") as told:
            try:
                returned.append(_in_child(partial(_raced, repetition, writer)))
            finally:
                os.close(writer)
            if not told.read():
                raise SimulationError("the kernel did not ask for the last word")
    return returned


def _perform_many(program: str, _: Host, times: int) -> list[int]:
    kept = [ctypes.create_string_buffer(word.encode()) for word in _MANY]
    words = _words_of(*map(ctypes.addressof, kept))
    return [_in_child(partial(_execute, program, ctypes.addressof(words))) for _ in range(times)]


def _perform_script(host: Host, times: int) -> list[int]:
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "script"
        script.write_text(f"#!{PROGRAM}\n", encoding="ascii")
        script.chmod(0o700)
        return _perform_many(str(script), host, times)


def _truth_flip(_: Host, times: int) -> tuple[CallTruth, ...]:
    return tuple(
        _truth(
            repetition,
            TextTruth(
                entry=_first(repetition),
                use=f"{_second(repetition)} {LAST}",
                exit=None,
                kind="race",
                window="entry→use",
            ),
        )
        for repetition in range(times)
    )


def _truth_many(used: str | None, _: Host, times: int) -> tuple[CallTruth, ...]:
    words = TextTruth(entry=_MANY_SHOWN, use=used, exit=None)
    return tuple(_truth(repetition, words) for repetition in range(times))


def _truth(repetition: int, words: TextTruth) -> CallTruth:
    return text_call("execve", repetition, None, {"argv": words}, caller="child")


WORDS = (
    Scenario(
        name="execve-words-clean",
        summary="honest execution with many words",
        calls=partial(_truth_many, _MANY_SHOWN),
        perform=partial(_perform_many, PROGRAM),
    ),
    Scenario(
        name="execve-script",
        summary="honest execution of a script",
        calls=partial(_truth_many, None),
        perform=_perform_script,
    ),
    Scenario(
        name="execve-words-flip",
        summary="another first word once observers have looked",
        calls=_truth_flip,
        perform=_perform_flip,
    ),
)
