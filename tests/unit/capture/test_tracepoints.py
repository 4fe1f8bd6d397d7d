from __future__ import annotations

import pytest

from detector.capture.tracepoints import PROGRAMS, attach_tracepoints
from detector.errors import AttachError, ObservationError
from detector.model.stage import Stage
from detector.syscalls.migrate_pages import MIGRATE_PAGES
from detector.syscalls.table import SYSCALLS


class Kernel:
    """Has every tracepoint but those whose name begins so."""

    def __init__(self, refused: str = "nothing") -> None:
        self.refused = refused

    def attach_tracepoint(self, event: str, program: str) -> str:
        if event.startswith(self.refused):
            raise AttachError(f"{event}: refused")
        return f"tracepoint:{event} by {program}"


def test_entry_and_exit_of_64_bit_callers_are_armed_and_the_rest_is_named() -> None:
    states = attach_tracepoints(Kernel(), MIGRATE_PAGES)
    assert {(state.stage, state.abi): state.via for state in states if state.armed} == {
        (Stage.ENTRY, "x86_64"): "tracepoint:syscalls:sys_enter_migrate_pages by sys_enter",
        (Stage.EXIT, "x86_64"): "tracepoint:syscalls:sys_exit_migrate_pages by sys_exit",
    }
    assert all(state.reason for state in states if not state.armed)
    assert len(states) == len(MIGRATE_PAGES.probes)


def test_an_exit_that_is_refused_is_lost_alone() -> None:
    states = attach_tracepoints(Kernel("syscalls:sys_exit"), MIGRATE_PAGES)
    assert [state.stage for state in states if state.armed] == [Stage.ENTRY]
    assert any("refused" in state.reason for state in states)


def test_without_the_entry_nothing_can_be_observed() -> None:
    with pytest.raises(ObservationError, match=r"sys_enter_migrate_pages.*tracefs"):
        attach_tracepoints(Kernel("syscalls:sys_enter"), MIGRATE_PAGES)


def test_every_tracepoint_of_the_table_has_a_program() -> None:
    probes = [probe for syscall in SYSCALLS for probe in syscall.probes if probe.tracepoint]
    assert all(probe.stage in PROGRAMS for probe in probes)
