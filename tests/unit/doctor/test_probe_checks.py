"""Symbols are judged one by one: a missing one costs its stage and no other."""

from __future__ import annotations

import msgspec
import pytest

from detector.doctor.probe_checks import Lists, judge, refusal
from detector.doctor.result import CheckResult, Effect, State
from detector.syscalls.table import DEFAULT
from tests.unit.doctor.fake_host import FUNCTIONS, PROBED

WHOLE = Lists(
    functions=dict.fromkeys((*FUNCTIONS, *PROBED), 1),
    unprobeable=frozenset(),
    traceable=frozenset(PROBED),
)


def judged(**lists: object) -> dict[str, CheckResult]:
    """Judge the real table against these lists."""
    results = judge(DEFAULT, msgspec.structs.replace(WHOLE, **lists), ())
    return {result.id: result for result in results}


def without(*names: str) -> dict[str, int]:
    """Return the functions but these."""
    return {name: 1 for name in (*FUNCTIONS, *PROBED) if name not in names}


def test_every_probe_of_the_table_is_judged() -> None:
    """A new system call needs no change here."""
    assert len(judged()) == sum(len(syscall.probes) for syscall in DEFAULT)
    assert {result.state for result in judged().values()} == {State.OK}


def test_without_entry_there_is_nothing_to_watch() -> None:
    """The required probe is fatal, the optional ones are not."""
    results = judged(functions=without("__x64_sys_migrate_pages"))
    assert results["symbols.migrate_pages.entry.x86_64"].effect is Effect.FATAL
    assert results["symbols.migrate_pages.exit.x86_64"].effect is Effect.STAGE
    assert results["symbols.migrate_pages.copy.any"].state is State.OK


def test_a_renamed_function_is_found_under_its_candidate() -> None:
    """The compiler's suffix is one of the candidates."""
    functions = {**without("get_nodes"), "get_nodes.isra.0": 1}
    result = judged(functions=functions, traceable=None)["symbols.migrate_pages.copy.any"]
    assert result.found.endswith("get_nodes.isra.0")


def test_a_kernel_without_32_bit_callers_loses_nothing() -> None:
    """Nobody can make the call that would not be seen."""
    none = [name for name in (*FUNCTIONS, *PROBED) if name.startswith("__ia32_")]
    results = judged(functions=without(*none))
    assert results["symbols.migrate_pages.entry.i386"].state is State.OK


def test_a_kernel_with_32_bit_callers_and_no_symbol_loses_them() -> None:
    """Other system calls show that such callers exist."""
    results = judged(functions=without("__ia32_sys_migrate_pages"))
    assert results["symbols.migrate_pages.entry.i386"].effect is Effect.STAGE


def test_an_unreadable_list_disables_nothing() -> None:
    """Every symbol is tried then."""
    assert {result.state for result in judged(functions=None).values()} == {State.UNKNOWN}
    refined = judged(unprobeable=None, traceable=None)
    assert {result.state for result in refined.values()} == {State.OK}


@pytest.mark.parametrize(
    ("lists", "reason"),
    [
        ({"functions": without("get_nodes")}, "is not in this kernel"),
        ({"functions": {"get_nodes": 2}}, "is the name of 2 functions"),
        ({"unprobeable": frozenset({"get_nodes"})}, "is on the kprobes blacklist"),
        ({"traceable": frozenset({"other"})}, "is not among ftrace's functions"),
        ({}, ""),
    ],
)
def test_the_reason_of_a_refusal_is_given(lists: dict[str, object], reason: str) -> None:
    """The first reason that holds."""
    assert refusal("get_nodes", msgspec.structs.replace(WHOLE, **lists)) == reason
