"""How the supervisors' window is compiled in and attached, and where it is refused."""

from __future__ import annotations

import pytest

from detector.capture.choose import open_capture
from detector.capture.supervising import attach_supervise, supervising_defines
from detector.errors import AttachError, ObservationError
from detector.syscalls.mbind import MBIND
from detector.syscalls.migrate_pages import MIGRATE_PAGES

CALLS = (MIGRATE_PAGES, MBIND)


class Program:
    def __init__(self, *has: str) -> None:
        self.attached: list[str] = []
        self._has = has

    def attach_kprobe(self, symbol: str, program: str) -> str:
        return self._attach("kprobe", symbol, program)

    def attach_return(self, symbol: str, program: str) -> str:
        return self._attach("fexit", symbol, program)

    def _attach(self, how: str, symbol: str, program: str) -> str:
        if symbol not in self._has:
            raise AttachError(f"{symbol}: no")
        self.attached.append(f"{how}:{symbol}:{program}")
        return f"{how}:{symbol}"


def test_an_ordinary_start_has_nothing_of_it() -> None:
    program = Program("seccomp_do_user_notification", "ptrace_notify")
    assert attach_supervise(program, CALLS, supervise=False) == ()
    assert program.attached == []
    assert supervising_defines(supervise=False, fields={}) == {}


def test_each_call_has_the_stage_for_each_kind_of_supervisor() -> None:
    program = Program("seccomp_do_user_notification.constprop.0", "ptrace_notify")
    states = attach_supervise(program, CALLS, supervise=True)
    assert len(program.attached) == 4  # once, whatever is watched
    assert program.attached[0].startswith("fexit:")  # before its beginning
    assert {state.syscall for state in states} == {"migrate_pages", "mbind"}
    assert all(state.armed and state.stage == "supervise" for state in states)
    assert len({state.via for state in states}) == 2


def test_a_place_that_is_missing_is_said_and_costs_no_other() -> None:
    states = attach_supervise(Program("ptrace_notify"), (MBIND,), supervise=True)
    assert [state.armed for state in states] == [False, True]
    assert states[0].reason.startswith("seccomp-notify: seccomp_do_user_notification: no")


def test_with_no_place_at_all_it_is_refused() -> None:
    with pytest.raises(ObservationError, match="no place where supervisors are asked"):
        attach_supervise(Program(), CALLS, supervise=True)


def test_a_kernel_that_does_not_tell_registers_is_refused() -> None:
    fields = {"TOCTRACE_TASK_PT_REGS": 1}
    assert supervising_defines(supervise=True, fields=fields) == {"TOCTRACE_WITH_SUPERVISE": 1}
    with pytest.raises(ObservationError, match=r"needs Linux 5\.15 or newer"):
        supervising_defines(supervise=True, fields={"TOCTRACE_TASK_PT_REGS": 0})


def test_what_cannot_see_supervisors_is_refused_by_name() -> None:
    with pytest.raises(ObservationError, match="--backend tracepoint does not see"):
        open_capture("tracepoint", lambda: "", supervise=True)
    with pytest.raises(ObservationError, match=r"needs kprobes.*\(locked\)"):
        open_capture(None, lambda: "locked", supervise=True)
