from __future__ import annotations

import time
from pathlib import Path

import pytest

from detector.enrich.bounded import BoundedReader
from detector.enrich.connector import EventKind, ProcessEvent
from detector.enrich.learner import COMMAND_LINE_BYTES, Learner, boottime_offset_ns
from detector.enrich.processes import ProcessTable
from detector.enrich.procfs import NS_PER_TICK
from detector.model.process_change import Change, ProcessChange
from tests.unit.enrich.fake_proc import add_process

START = 500 * NS_PER_TICK
MS = 1_000_000


@pytest.fixture
def table() -> ProcessTable:
    return ProcessTable()


@pytest.fixture
def learner(table: ProcessTable, tmp_path: Path) -> Learner:
    return Learner(table, tmp_path, BoundedReader())


def event(kind: EventKind, tgid: int, boot_ns: int, **more: int | str) -> ProcessEvent:
    return ProcessEvent(
        kind=kind,
        tgid=tgid,
        time_ns=boot_ns - boottime_offset_ns(),
        **more,  # type: ignore[arg-type]
    )


def test_what_runs_already_is_taken_in(
    table: ProcessTable, learner: Learner, tmp_path: Path
) -> None:
    add_process(tmp_path, 7, parent=3)
    (tmp_path / "self").mkdir()
    learner.seed()
    life = table.find(7, START + 5, leader=True)
    assert life is not None
    image = life.image_at(START + 5)
    assert image is not None
    assert (image.executable, image.command_line) == ("/usr/bin/racer", ("racer", "--fast"))
    assert (life.parent_tgid, life.comm) == (3, "racer")


def test_seeding_ends_at_its_bound(table: ProcessTable, learner: Learner, tmp_path: Path) -> None:
    add_process(tmp_path, 7)
    learner.seed(seconds=-1.0)
    assert len(table) == 0


def test_an_execve_is_read_at_once_and_kept_after_the_end(
    table: ProcessTable, learner: Learner, tmp_path: Path
) -> None:
    add_process(tmp_path, 7, comm="race")
    fork = START + 2 * NS_PER_TICK
    learner.learn(
        (
            event(EventKind.FORK, 7, fork, parent_tgid=3),
            event(EventKind.EXEC, 7, fork + 5_000_000),
            event(EventKind.COMM, 7, fork + 6_000_000, comm="other"),
            event(EventKind.EXIT, 7, fork + 7_000_000),
        )
    )
    life = table.find(7, fork - MS, leader=True)
    assert life is not None
    image = life.image_at(time.clock_gettime_ns(time.CLOCK_BOOTTIME))
    assert image is not None
    assert image.executable == "/usr/bin/racer"
    assert (life.parent_tgid, life.comm) == (3, "other")


def test_a_process_gone_before_its_execve_was_read_keeps_the_reason(
    table: ProcessTable, learner: Learner
) -> None:
    learner.learn(
        (
            event(EventKind.FORK, 7, START, parent_tgid=3),
            event(EventKind.EXEC, 7, START + 5_000_000),
        )
    )
    life = table.find(7, START - MS, leader=True)
    assert life is not None
    image = life.image_at(START + 6_000_000)
    assert image is not None
    assert image.executable is None
    assert "had ended" in image.missing


def test_another_process_with_the_number_by_then_is_not_read(
    table: ProcessTable, learner: Learner, tmp_path: Path
) -> None:
    add_process(tmp_path, 7, start_ticks=900)
    learner.learn(
        (
            event(EventKind.FORK, 7, START, parent_tgid=3),
            event(EventKind.EXEC, 7, START + 5_000_000),
        )
    )
    life = table.find(7, START - MS, leader=True)
    assert life is not None
    image = life.image_at(START + 6_000_000)
    assert image is not None
    assert image.executable is None
    assert "another process" in image.missing


def test_a_loss_makes_what_follows_uncertain(
    table: ProcessTable, learner: Learner, tmp_path: Path
) -> None:
    add_process(tmp_path, 7)
    learner.seed()
    learner.learn((ProcessEvent(kind=EventKind.LOST, tgid=0, time_ns=0),))
    life = table.get(7)
    assert life is not None
    assert life.image_at(time.clock_gettime_ns(time.CLOCK_BOOTTIME)) is None


def test_a_long_command_line_is_cut(table: ProcessTable, learner: Learner, tmp_path: Path) -> None:
    add_process(tmp_path, 7, command_line=b"x" * 10_000)
    learner.seed()
    life = table.get(7)
    assert life is not None
    assert life.images[0].command_line == ("x" * COMMAND_LINE_BYTES,)


def test_whoever_is_told_hears_what_runs_and_every_change_in_order(
    learner: Learner, tmp_path: Path
) -> None:
    add_process(tmp_path, 7, parent=3)
    learner.seed()
    told: list[ProcessChange] = []
    learner.tell_to(told.append)
    add_process(tmp_path, 8, comm="race")
    fork = START + 2 * NS_PER_TICK
    learner.learn(
        (
            event(EventKind.FORK, 8, fork, parent_tgid=7),
            event(EventKind.EXEC, 8, fork + 5_000_000),
            event(EventKind.EXEC, 9, fork + 5_000_000),
            event(EventKind.COMM, 8, fork + 6_000_000, comm="other"),
            event(EventKind.LOST, 0, 0),
            event(EventKind.EXIT, 8, fork + 7_000_000),
        )
    )
    assert [(one.kind, one.tgid) for one in told] == [
        (Change.RUNNING, 7),
        (Change.FORK, 8),
        (Change.EXEC, 8),
        (Change.EXEC, 9),
        (Change.COMM, 8),
        (Change.LOST, 0),
        (Change.EXIT, 8),
    ]
    running, forked, replaced, gone, *_ = told
    assert (running.executable, running.parent_tgid) == ("/usr/bin/racer", 3)
    assert forked.parent_tgid == 7
    assert abs(forked.time_ns - fork) < MS
    assert (replaced.executable, replaced.command_line) == ("/usr/bin/racer", ("racer", "--fast"))
    assert gone.executable is None
    assert gone.missing
