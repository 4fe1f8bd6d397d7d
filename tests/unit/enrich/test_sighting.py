from __future__ import annotations

import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from detector.enrich.namespaces import INITIAL_PID_INODE, Namespaces
from detector.enrich.processes import Image, Life
from detector.enrich.procfs import NS_PER_TICK
from detector.enrich.sighting import Sighting, is_of, sight
from detector.errors import EnrichmentError
from detector.model.snapshot import Task
from tests.unit.enrich.fake_proc import add_process, make_call, task_of

OWN = Namespaces(INITIAL_PID_INODE, None, INITIAL_PID_INODE)
BEGAN = 10**12


def seen(root: Path, task: Task, life: Life | None, stack: ExitStack) -> Sighting:
    deadline = time.monotonic() + 10
    call = make_call(task, began_ns=BEGAN)
    return sight(call, life, OWN, root, deadline=deadline, stack=stack)


def life(*since: int) -> Life:
    images = [Image(at, "/bin/x", ()) for at in since]
    return Life(tgid=7, earliest_ns=0, latest_ns=1, held_from_ns=0, images=images)


def test_a_leader_has_its_process_start_and_a_thread_a_later_one() -> None:
    leader, thread = task_of(7), task_of(7, tid=8)
    assert [is_of(ticks, leader) for ticks in (499, 500, 501)] == [False, True, False]
    assert [is_of(ticks, thread) for ticks in (499, 500, 501)] == [True, True, False]


def test_a_reused_number_is_never_looked_at(tmp_path: Path) -> None:
    add_process(tmp_path, 7, start_ticks=900)
    with ExitStack() as stack:
        found = seen(tmp_path, task_of(7), None, stack)
        with pytest.raises(EnrichmentError, match="another process"):
            found.held()


def test_a_process_that_is_gone_says_so(tmp_path: Path) -> None:
    with ExitStack() as stack:
        found = seen(tmp_path, task_of(7), None, stack)
        with pytest.raises(EnrichmentError, match="had ended"):
            found.unchanged()


def test_without_a_life_another_name_means_perhaps_another_program(tmp_path: Path) -> None:
    add_process(tmp_path, 7, comm="other")
    with ExitStack() as stack:
        assert seen(tmp_path, task_of(7, comm="other"), None, stack).unchanged()
        with pytest.raises(EnrichmentError, match="another program"):
            seen(tmp_path, task_of(7, comm="racer"), None, stack).unchanged()


def test_with_a_certain_life_an_execve_since_the_call_is_known(tmp_path: Path) -> None:
    add_process(tmp_path, 7, comm="other", executable="/bin/x")
    task = task_of(7, comm="racer")
    uncertain = life(0)
    uncertain.certain_until_ns = NS_PER_TICK
    with ExitStack() as stack:
        assert seen(tmp_path, task, life(0, BEGAN), stack).unchanged()
        for known in (life(0, BEGAN + 1), uncertain):
            with pytest.raises(EnrichmentError, match="another program"):
                seen(tmp_path, task, known, stack).unchanged()


@pytest.mark.parametrize(
    ("comm", "executable", "is_another"),
    [
        ("cat", "/bin/cat", True),
        ("cat", "/bin/x", False),  # it may call itself what it likes
        ("cat", "/bin/x (deleted)", False),
        ("racer", "/bin/x.old", False),  # the file was renamed
    ],
)
def test_an_execve_that_is_just_being_told_is_seen_by_executable_and_name(
    tmp_path: Path, comm: str, executable: str, *, is_another: bool
) -> None:
    add_process(tmp_path, 7, comm=comm, executable=executable)
    with ExitStack() as stack:
        found = seen(tmp_path, task_of(7, comm="racer"), life(0), stack)
        if is_another:
            with pytest.raises(EnrichmentError, match="another program"):
                found.unchanged()
        else:
            assert found.unchanged()
