"""How enforcement is compiled in and attached, and where it is refused."""

from __future__ import annotations

import struct

import pytest

from detector.capture.choose import open_capture
from detector.capture.enforcing import (
    Enforcing,
    attach_enforcement,
    encode_enforcement,
    enforcing_defines,
)
from detector.capture.wire import ENFORCEMENT, Enforce
from detector.errors import AttachError, ObservationError
from detector.model.enforcement import Mode
from detector.syscalls.table import BY_NAME

REFUSE = Enforcing(mode=Mode.REFUSE)


class Program:
    def __init__(self, *, refuses: bool = False) -> None:
        self.attached: list[str] = []
        self._refuses = refuses

    def attach_lsm(self, hook: str) -> str:
        return self._attach(f"lsm:{hook}")

    def attach_kprobe(self, symbol: str, program: str) -> str:
        return self._attach(f"kprobe:{symbol}:{program}")

    def _attach(self, what: str) -> str:
        if self._refuses:
            raise AttachError("no")
        self.attached.append(what)
        return what


def test_an_ordinary_start_has_nothing_of_it() -> None:
    program = Program()
    attach_enforcement(program, None)
    assert program.attached == []
    assert enforcing_defines(None, {}) == {}


@pytest.mark.parametrize(
    ("mode", "where"),
    [
        (Mode.REFUSE, "lsm:task_movememory"),
        (Mode.DRY_RUN, "lsm:task_movememory"),
        (Mode.KILL, "kprobe:security_task_movememory:kill_caller"),
    ],
)
def test_each_mode_has_its_program_at_the_hook(mode: Mode, where: str) -> None:
    program = Program()
    attach_enforcement(program, Enforcing(mode=mode))
    assert program.attached == [where]


def test_the_kernel_is_told_the_mode_and_the_bank() -> None:
    assert enforcing_defines(REFUSE, {"TOCTRACE_TASK_PT_REGS": 1}) == {"TOCTRACE_ENFORCE": 1}
    told = struct.unpack(ENFORCEMENT.format, encode_enforcement(REFUSE, 1))
    assert told == (Enforce.REFUSE, 1)


def test_a_kernel_that_refuses_the_program_cannot_enforce() -> None:
    with pytest.raises(ObservationError, match="--enforce: the kernel does not take"):
        attach_enforcement(Program(refuses=True), REFUSE)


@pytest.mark.parametrize(
    ("asked", "no_kprobes", "said"),
    [
        ("tracepoint", "", "--backend tracepoint does not see the kernel's copy"),
        (None, "not built", r"needs kprobes, and this kernel has none \(not built\)"),
        ("fentry", "not built", "needs kprobes"),
    ],
)
def test_who_does_not_see_the_copy_enforces_nothing(
    asked: str | None, no_kprobes: str, said: str
) -> None:
    with pytest.raises(ObservationError, match=said):
        open_capture(asked, lambda: no_kprobes, enforcing=REFUSE)


def test_calls_without_a_hook_alone_cannot_be_enforced() -> None:
    with pytest.raises(ObservationError, match="nothing of --syscalls mbind can be stopped"):
        open_capture(None, str, (BY_NAME["mbind"],), REFUSE)


def test_a_kernel_that_does_not_tell_a_tasks_registers_is_refused_with_the_reason() -> None:
    assert enforcing_defines(REFUSE, {"TOCTRACE_TASK_PT_REGS": 1}) == {"TOCTRACE_ENFORCE": 1}
    with pytest.raises(ObservationError, match=r"--enforce needs Linux 5\.15 or newer"):
        enforcing_defines(REFUSE, {"TOCTRACE_TASK_PT_REGS": 0})
