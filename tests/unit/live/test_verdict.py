from __future__ import annotations

from typing import Any

import msgspec
import pytest

from detector.exits import Exit
from detector.live.unobserved import unobserved
from detector.live.verdict import Allowed, judged_by, run_status, tool_status
from detector.model.finding import Severity
from detector.model.observation import VANISHED, Observation, StageState
from detector.model.stage import Stage

ARMED = StageState(
    syscall="migrate_pages", stage=Stage.ENTRY, abi="any", armed=True, via="kprobe:f"
)
LOST = StageState(
    syscall="migrate_pages", stage=Stage.USE, abi="any", armed=False, via="", reason="inlined"
)


def observed(**changes: Any) -> Observation:
    blank = unobserved("0" * 16, "nothing", Allowed())
    return msgspec.structs.replace(blank, **{"stages": (ARMED,), **changes})


WARNED = {Severity.WARNING: 1}
CASES: tuple[tuple[str, dict[str, Any], Allowed, Exit], ...] = (
    ("clean and whole", {}, Allowed(), Exit.CLEAN),
    (
        "cut by start and end is no loss",
        {"cut_by_start": 1, "cut_by_end": 1},
        Allowed(),
        Exit.CLEAN,
    ),
    ("a finding", {"severities": WARNED}, Allowed(), Exit.FOUND),
    ("a finding less severe", {"severities": {Severity.NOTICE: 9}}, Allowed(), Exit.CLEAN),
    (
        "a finding less severe, asked for",
        {"severities": {Severity.NOTICE: 1}},
        Allowed(fail_on=Severity.NOTICE),
        Exit.FOUND,
    ),
    ("a missing stage", {"stages": (ARMED, LOST)}, Allowed(), Exit.DEGRADED),
    ("a loss", {"lost": {"ring buffer full": 1}}, Allowed(), Exit.DEGRADED),
    ("an incomplete call", {"incomplete": 1}, Allowed(), Exit.DEGRADED),
    ("a loss, accepted", {"lost": {"x": 1}}, Allowed(degraded=True), Exit.CLEAN),
    ("a finding before a loss", {"severities": WARNED, "lost": {"x": 1}}, Allowed(), Exit.FOUND),
    (
        "a finding is not accepted with a loss",
        {"severities": WARNED, "lost": {"x": 1}},
        Allowed(degraded=True),
        Exit.FOUND,
    ),
    ("nothing armed", {"stages": (LOST,)}, Allowed(), Exit.UNOBSERVED),
    ("nothing armed is not degraded", {"stages": (LOST,)}, Allowed(degraded=True), Exit.UNOBSERVED),
    ("nothing armed, accepted", {"stages": (LOST,)}, Allowed(unobserved=True), Exit.CLEAN),
    (
        "all that was armed vanished",
        {"stages": (LOST,), "lost": {VANISHED: 1}},
        Allowed(),
        Exit.DEGRADED,
    ),
    ("no stage at all", {"stages": ()}, Allowed(), Exit.UNOBSERVED),
)


@pytest.mark.parametrize(
    ("changes", "allowed", "status"), [case[1:] for case in CASES], ids=[case[0] for case in CASES]
)
def test_the_tools_own_status(changes: dict[str, Any], allowed: Allowed, status: Exit) -> None:
    assert tool_status(observed(**changes), allowed) is status
    assert judged_by(observed(**changes), allowed).tool_status == status


@pytest.mark.parametrize(
    ("tool", "command", "status"),
    [
        (Exit.CLEAN, 0, 0),
        (Exit.CLEAN, 3, 3),
        (Exit.CLEAN, 137, 137),
        (Exit.CLEAN, None, 0),
        (Exit.FOUND, 0, 10),
        (Exit.FOUND, 3, 10),
        (Exit.UNOBSERVED, None, 11),
        (Exit.UNOBSERVED, 3, 11),
        (Exit.DEGRADED, 0, 12),
        (Exit.DEGRADED, 3, 3),
    ],
)
def test_which_status_run_ends_with(tool: Exit, command: int | None, status: int) -> None:
    assert run_status(tool, command) == status


def test_an_unobserved_run_says_why_of_every_stage() -> None:
    observation = unobserved("0" * 16, "no kprobes", Allowed(), command_status=None)
    assert observation.tool_status == Exit.UNOBSERVED
    assert observation.stages
    assert {(state.armed, state.reason) for state in observation.stages} == {(False, "no kprobes")}
    assert observation.notes == ("no kprobes",)
