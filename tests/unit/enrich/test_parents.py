from __future__ import annotations

import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from detector.enrich import taskstats
from detector.enrich.namespaces import INITIAL_PID_INODE, Namespaces
from detector.enrich.parents import parent_comm, parent_tgid
from detector.enrich.processes import Life
from detector.enrich.sighting import Sighting, sight
from detector.enrich.taskstats import TaskAccount
from detector.errors import EnrichmentError
from tests.unit.enrich.fake_proc import add_process, make_call, task_of

OWN = Namespaces(INITIAL_PID_INODE, None, INITIAL_PID_INODE)
TASK = task_of(7, ns_tgid=70, ns_tid=70)


def life(parent: int | None, comm: str | None = None) -> Life:
    return Life(tgid=7, earliest_ns=0, latest_ns=1, held_from_ns=0, parent_tgid=parent, comm=comm)


def seen(root: Path, stack: ExitStack, known: Life | None = None) -> Sighting:
    deadline = time.monotonic() + 10
    return sight(make_call(TASK), known, OWN, root, deadline=deadline, stack=stack)


def test_the_fork_that_was_seen_comes_before_proc(tmp_path: Path) -> None:
    add_process(tmp_path, 7, parent=1)
    with ExitStack() as stack:
        assert parent_tgid(seen(tmp_path, stack, life(3))) == 3
        assert parent_tgid(seen(tmp_path, stack, life(None))) == 1
        assert parent_tgid(seen(tmp_path, stack)) == 1


def test_a_parent_outside_is_a_reason(tmp_path: Path) -> None:
    add_process(tmp_path, 7, parent=0)
    with ExitStack() as stack, pytest.raises(EnrichmentError, match="outside"):
        parent_tgid(seen(tmp_path, stack))


def test_where_proc_shows_nothing_taskstats_is_asked_by_either_number(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def account(pid: int, _seconds: float) -> TaskAccount:
        asked.append(pid)
        start = TASK.start_ns if pid == 70 else 1  # 7 is another process here
        return TaskAccount(3, 0, "make", start, start)

    monkeypatch.setattr(taskstats, "account", account)
    with ExitStack() as stack:
        hidden = seen(tmp_path, stack)
        assert parent_tgid(hidden) == 3
        assert asked == [7, 70]
        assert parent_comm(hidden, 3, None, tmp_path) == "make"


def test_a_task_that_taskstats_does_not_have_either_gives_both_reasons(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def account(_pid: int, _seconds: float) -> TaskAccount:
        raise EnrichmentError("taskstats: No such process")

    monkeypatch.setattr(taskstats, "account", account)
    with ExitStack() as stack, pytest.raises(EnrichmentError, match=r"had ended.*No such"):
        parent_tgid(seen(tmp_path, stack))


def test_the_parents_name_comes_from_the_table_or_proc_and_never_from_a_younger_process(
    tmp_path: Path,
) -> None:
    add_process(tmp_path, 7)
    add_process(tmp_path, 3, comm="make", start_ticks=400)
    add_process(tmp_path, 4, comm="young", start_ticks=501)
    with ExitStack() as stack:
        found = seen(tmp_path, stack)
        assert parent_comm(found, 3, life(1, "sh"), tmp_path) == "sh"
        assert parent_comm(found, 3, None, tmp_path) == "make"
        with pytest.raises(EnrichmentError, match="another process"):
            parent_comm(found, 4, None, tmp_path)
        with pytest.raises(EnrichmentError, match="had ended"):
            parent_comm(found, 5, None, tmp_path)
