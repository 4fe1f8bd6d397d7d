"""`--name-writer` names the right thread and the right instruction, for every way to write."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.kernel.scenes import replay
from tests.kernel.writers.played import (
    Played,
    check_forked,
    check_other_process,
    check_storm,
    functions_before,
    perf_event_held,
    play,
)

OUTSIDE = {
    "process_vm_writev": ("process_vm_writev", "process_vm_writev"),
    "mem": ("/proc/PID/mem", "pwrite"),
    "ptrace": ("ptrace", "ptrace"),
}
"""By name: how the writer is said to have written, and what of the C library it called."""


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    names = ("storm", "other-process", "forked", *OUTSIDE)
    with perf_event_held():
        return play(tmp_path_factory.mktemp("writers"), names)


def test_the_thread_of_a_storm_is_named_by_its_two_stores(played: Played) -> None:
    check_storm(played)


def test_another_process_is_named_by_the_instruction_of_its_c_library(played: Played) -> None:
    check_other_process(played)


def test_a_forked_writer_is_named_by_symbol_file_line_code_and_stack(played: Played) -> None:
    check_forked(played)


@pytest.mark.parametrize("way", OUTSIDE)
def test_a_writer_from_outside_is_named_by_what_it_called(played: Played, way: str) -> None:
    who, (how, function) = played.who[way], OUTSIDE[way]
    writers = played.writers(way)
    assert {(one["pid"], one["how"]) for one in writers} == {(pid, how) for pid in who["writers"]}
    assert {one["executable"] for one in writers} == {str(played.program)}
    for innermost in (one["stack"][0] for one in writers):
        named = functions_before(Path(innermost["module"]), innermost["offset"])
        assert any(function in name for name in named)
        assert function in innermost["symbol"]


def test_no_watchpoint_was_refused_and_the_log_says_which_capabilities_are_kept(
    played: Played,
) -> None:
    notes = played.lines[-1]["notes"]
    assert [note for note in notes if "refused" in note or "register" in note] == []
    assert [note for note in notes if "cannot be" in note] == []
    (kept,) = re.findall(r"capabilities +.*remaining=\[(.*?)\]", played.stderr)
    assert {"'CAP_PERFMON'", "'CAP_SYS_PTRACE'"} <= set(kept.split(", "))


def test_a_replay_names_the_same_writers(played: Played) -> None:
    _, again = replay(played.case, deadline_s=300)
    live = [line for line in played.lines if line["type"] == "finding"]
    assert [line for line in again if line["type"] == "finding"] == live
    assert any("writers" in line for line in live)
