"""Processes are named, and what backs an address is told, on the kernels that are supported."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from detector.enrich import taskstats
from detector.enrich.enricher import Enricher
from detector.model.judgement import Kind
from detector.model.process import Backing
from detector.simulate.faultfd import FaultFd
from detector.simulate.pages import Region
from tests.unit.enrich.fake_proc import make_argument, make_call, real_task

DEADLINE = 30.0


@pytest.fixture
def enricher() -> Iterator[Enricher]:
    with Enricher.open() as opened:
        assert opened.fileno() is not None, opened.notes()
        yield opened


@pytest.fixture
def cat() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(["/bin/cat", "-"], stdin=subprocess.PIPE) as child:
        until = time.monotonic() + DEADLINE
        while Path(f"/proc/{child.pid}/comm").read_text() != "cat\n":
            assert time.monotonic() < until
        yield child
        child.communicate()


def now() -> int:
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME)


def test_a_process_is_named_while_it_lives_and_after_it_has_ended(
    enricher: Enricher, cat: subprocess.Popen[bytes]
) -> None:
    enricher.pump()
    call = make_call(real_task(cat.pid), began_ns=now())
    alive = enricher.process(call)
    cat.communicate()
    ended = enricher.process(call)
    for process in (alive, ended):
        assert process.executable == str(Path("/bin/cat").resolve())
        assert process.command_line == ("/bin/cat", "-")
        assert process.parent_tgid == os.getpid()
    assert enricher.notes() == ()


def test_a_fork_that_ended_at_once_has_its_parents_program(enricher: Enricher) -> None:
    child = os.fork()
    if child == 0:
        os._exit(0)
    began = now()
    task = real_task(child)  # a zombie still has its start time
    os.waitpid(child, 0)
    process = enricher.process(make_call(task, began_ns=began))
    assert process.executable == str(Path("/proc/self/exe").readlink())


def test_taskstats_of_this_kernel_is_understood(cat: subprocess.Popen[bytes]) -> None:
    account = taskstats.account(cat.pid, DEADLINE)
    assert (account.parent_tgid, account.uid, account.comm) == (os.getpid(), 0, "cat")
    assert account.started_at(real_task(cat.pid).start_ns)


def test_a_page_registered_with_userfaultfd_is_told_from_an_honest_one(
    enricher: Enricher,
) -> None:
    faults = FaultFd()
    with Region(2) as region:
        faults.register(region.page(1))
        call = make_call(
            real_task(os.getpid()),
            make_argument("old_nodes", region.page(0), kind=Kind.BLIND),
            make_argument("new_nodes", region.page(1), kind=Kind.BLIND),
            began_ns=now(),
        )
        process = enricher.process(call)
        faults.close()
    assert process.backing == {
        "old_nodes": Backing.ANONYMOUS,
        "new_nodes": Backing.USERFAULTFD,
    }
    assert "backing" not in process.missing
