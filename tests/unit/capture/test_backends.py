"""Probes that take no stage: what is not told without them is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from detector.capture import backends
from detector.capture.backends import KPROBE
from detector.capture.capture import Capture
from detector.errors import AttachError
from detector.syscalls.executing import EXECVE
from detector.syscalls.migrate_pages import MIGRATE_PAGES
from detector.syscalls.table import SYSCALLS

HELD, EVERY, EXEC = "handle_userfault", "handle_mm_fault", "sched_process_exec"


class Program:
    """Attaches everything but what is refused."""

    def __init__(self, *refused: str) -> None:
        self.refused = refused
        self.attached: list[str] = []

    def attach_kprobe(self, symbol: str, program: str) -> str:
        return self._attach(symbol, program)

    def attach_raw_tracepoint(self, name: str) -> str:
        return self._attach(name, name)

    def _attach(self, symbol: str, program: str) -> str:
        if symbol in self.refused:
            raise AttachError(f"{symbol}: no")
        self.attached.append(f"{symbol}:{program}")
        return symbol


@pytest.fixture(autouse=True)
def userfaultfd(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Let the kernel have it."""
    monkeypatch.setattr(backends, "USERFAULTFD", tmp_path)


def attached(program: Program, *, exact: bool) -> tuple[str, ...]:
    return KPROBE.attach_faults(program, exact=exact)


def test_where_every_probe_attaches_nothing_is_untold() -> None:
    program = Program()
    assert attached(program, exact=True) == ()
    assert program.attached == [f"{HELD}:fault_held", f"{EVERY}:fault"]


def test_without_the_faults_of_pages_calls_that_need_them_are_not_whole() -> None:
    assert attached(Program(EVERY), exact=False) == ()
    [untold] = attached(Program(EVERY), exact=True)
    assert untold.startswith("a look that was denied is judged without what backs its page")
    assert untold.endswith(f"({EVERY}: no)")


def test_held_pages_are_untold_where_somebody_could_hold_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    [untold] = attached(Program(HELD), exact=True)
    assert untold == f"of pages that a userfaultfd handler holds nothing is told ({HELD}: no)"
    monkeypatch.setattr(backends, "USERFAULTFD", tmp_path / "none")
    assert attached(Program(HELD), exact=True) == ()


def test_without_executions_words_that_are_never_compared_are_said() -> None:
    executing = [call for call in SYSCALLS if any(one.used_apart for one in call.arguments)]
    assert EXECVE in executing
    for call in SYSCALLS:
        capture = Capture((call,))
        capture._program = Program(EXEC)  # type: ignore[assignment]
        capture._follow_executions()
        said = (f"{call.name}: of its argv nothing is compared ({EXEC}: no)",)
        assert capture.untold == (said if call in executing else ())


def test_with_executions_nothing_is_untold() -> None:
    capture = Capture((MIGRATE_PAGES, EXECVE))
    capture._program = Program()  # type: ignore[assignment]
    capture._follow_executions()
    assert capture.untold == ()
