"""The target of a call is looked up as the caller's number for it, and never mistaken."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import msgspec
import pytest

from detector.enrich.namespaces import INITIAL_PID_INODE, Namespaces
from detector.enrich.procfs import NS_PER_TICK
from detector.enrich.sighting import Sighting, sight
from detector.enrich.targets import YOUNGER, look_up_target
from detector.errors import EnrichmentError
from detector.model.judgement import JudgedCall
from detector.model.process import Target
from tests.unit.enrich.fake_proc import add_process, make_call, task_of

OWN = Namespaces(pid=INITIAL_PID_INODE, user=None, shown_pid=INITIAL_PID_INODE)


def seen(root: Path, call: JudgedCall) -> Sighting:
    with ExitStack() as stack:
        return sight(call, None, OWN, root, deadline=float("inf"), stack=stack)


def test_a_process_is_found_by_its_number(tmp_path: Path) -> None:
    add_process(tmp_path, 100)
    add_process(tmp_path, 200, comm="postgres", executable="/usr/bin/postgres")
    found = look_up_target(seen(tmp_path, make_call(task_of(100))), 200, OWN)
    assert found == Target(tgid=200, comm="postgres", executable="/usr/bin/postgres")


def test_a_threads_number_gives_its_process(tmp_path: Path) -> None:
    add_process(tmp_path, 200, comm="postgres")
    thread = add_process(tmp_path, 201, comm="worker")
    (thread / "status").write_text("Name:\tworker\nTgid:\t200\n")
    found = look_up_target(seen(tmp_path, make_call(task_of(100))), 201, OWN)
    assert (found.tgid, found.comm) == (200, "postgres")


def test_a_process_that_began_after_the_call_is_another_one(tmp_path: Path) -> None:
    add_process(tmp_path, 200, start_ticks=501)
    call = msgspec.structs.replace(make_call(task_of(100)), ended_ns=500 * NS_PER_TICK)
    with pytest.raises(EnrichmentError, match=YOUNGER):
        look_up_target(seen(tmp_path, call), 200, OWN)


@pytest.mark.parametrize("pid", [-1, 4711])
def test_one_that_is_not_there_says_so(tmp_path: Path, pid: int) -> None:
    with pytest.raises(EnrichmentError, match="had ended"):
        look_up_target(seen(tmp_path, make_call(task_of(100))), pid, OWN)
