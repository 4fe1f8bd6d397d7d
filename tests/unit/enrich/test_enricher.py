from __future__ import annotations

import ctypes
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from detector.enrich.enricher import BOUND_SECONDS, Enricher
from detector.model.judgement import Kind
from detector.model.process import Backing
from detector.simulate.pages import PAGE
from tests.unit.enrich.fake_proc import (
    add_process,
    make_argument,
    make_call,
    real_task,
    task_of,
)

DEADLINE = 10.0
ROOT = Path(__file__).parents[3]
FIELDS = {"executable", "command_line", "parent_tgid", "parent_comm"}


@pytest.fixture
def enricher() -> Iterator[Enricher]:
    with Enricher.open() as opened:
        yield opened


@pytest.fixture
def told(enricher: Enricher) -> Enricher:
    if enricher.fileno() is None:
        pytest.skip(f"no process connector here: {enricher.notes()}")
    return enricher


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


def test_a_live_process_is_named_whole(enricher: Enricher, cat: subprocess.Popen[bytes]) -> None:
    process = enricher.process(make_call(real_task(cat.pid), began_ns=now()))
    assert process.executable == str(Path("/bin/cat").resolve())
    assert process.command_line == ("/bin/cat", "-")
    assert process.parent_tgid == os.getpid()
    assert process.parent_comm == Path("/proc/self/comm").read_text().rstrip("\n")
    assert not FIELDS & process.missing.keys()


def test_a_process_that_has_ended_is_named_by_what_was_told(
    told: Enricher, cat: subprocess.Popen[bytes]
) -> None:
    told.pump()
    task, began = real_task(cat.pid), now()
    cat.communicate()
    process = told.process(make_call(task, make_argument("old_nodes", 0x1000), began_ns=began))
    assert process.executable == str(Path("/bin/cat").resolve())
    assert process.command_line == ("/bin/cat", "-")
    assert process.parent_tgid == os.getpid()
    assert process.backing == {"old_nodes": Backing.UNKNOWN}
    assert "had ended" in process.missing["backing"]


def test_a_process_too_short_to_be_read_is_named_after_its_parent_if_it_never_ran_execve(
    told: Enricher,
) -> None:
    child = os.fork()
    if child == 0:
        os._exit(0)
    began = now()
    task = real_task(child)  # a zombie still has its start time
    os.waitpid(child, 0)
    process = told.process(make_call(task, began_ns=began))
    assert process.executable == str(Path("/proc/self/exe").readlink())
    assert process.parent_tgid == os.getpid()


def test_a_call_made_before_an_execve_has_the_program_that_made_it(told: Enricher) -> None:
    script = "import os,sys; print(flush=True); sys.stdin.readline(); os.execv('/bin/cat', ['cat'])"
    with subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        child.stdout.readline()  # it runs: the kernel told of its execve before
        until = time.monotonic() + DEADLINE
        told.pump()
        task, began = real_task(child.pid), now()
        child.stdin.write(b"\n")
        child.stdin.flush()
        while Path(f"/proc/{child.pid}/comm").read_text() != "cat\n":
            assert time.monotonic() < until
        call = make_call(task, make_argument("old_nodes", 0x1000), began_ns=began)
        before = told.process(call)
        after = told.process(make_call(task, began_ns=now()))
        child.communicate()
    assert before.command_line[1:] == ("-c", script)
    assert before.backing == {"old_nodes": Backing.UNKNOWN}
    assert "another program" in before.missing["backing"]
    assert after.executable == str(Path("/bin/cat").resolve())


def test_a_thread_of_a_process_whose_leader_has_ended_is_named(enricher: Enricher) -> None:
    script = (
        "import ctypes,os,sys,threading\n"
        "def go():\n"
        " print(threading.get_native_id(), flush=True); sys.stdin.readline(); os._exit(0)\n"
        "threading.Thread(target=go).start()\n"
        "ctypes.CDLL(None).syscall(60, 0)\n"  # exit(2), x86-64: this thread alone
    )
    with subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as child:
        assert child.stdout is not None
        tid = int(child.stdout.readline())
        until = time.monotonic() + DEADLINE
        while "Z (zombie)" not in Path(f"/proc/{child.pid}/status").read_text():
            assert time.monotonic() < until
        task = real_task(child.pid, tid=tid)
        call = make_call(task, make_argument("old_nodes", 0x10), began_ns=now())
        process = enricher.process(call)
        with Enricher(Path("/proc")) as unconnected:
            unaided = unconnected.process(call)
        child.communicate()
    assert process.command_line[1:] == ("-c", script)
    assert unaided.command_line[1:] == ("-c", script)
    assert process.backing == {"old_nodes": Backing.UNMAPPED}


def test_another_start_time_is_another_process(
    enricher: Enricher, cat: subprocess.Popen[bytes]
) -> None:
    task = real_task(cat.pid, start_ticks=5)
    process = enricher.process(make_call(task, began_ns=now()))
    assert process.executable is None
    assert process.parent_tgid is None
    assert process.missing["executable"] == "another process has its number now"
    assert process.missing.keys() >= FIELDS


def test_what_backs_only_the_arguments_with_a_kind_is_looked_up(enricher: Enricher) -> None:
    memory = ctypes.create_string_buffer(PAGE)
    address = ctypes.addressof(memory)
    call = make_call(
        real_task(os.getpid()),
        make_argument("old_nodes", address, kind=Kind.BLIND),
        make_argument("new_nodes", address, kind=None),
        began_ns=now(),
    )
    assert enricher.process(call).backing == {"old_nodes": Backing.ANONYMOUS}


def test_a_process_that_never_was_costs_reasons_and_little_time(enricher: Enricher) -> None:
    call = make_call(task_of(2**30), make_argument("old_nodes", 0x1000))
    began = time.monotonic()
    process = enricher.process(call)
    assert time.monotonic() - began < 4 * BOUND_SECONDS
    assert process.missing.keys() >= FIELDS | {"backing"}
    assert all(process.missing.values())


def test_without_the_connector_a_changed_name_is_no_name(tmp_path: Path) -> None:
    add_process(tmp_path, 7, comm="other")
    (tmp_path / "1/ns").mkdir(parents=True)
    (tmp_path / "1/ns/pid").touch()
    namespace = (tmp_path / "1/ns/pid").stat().st_ino
    with Enricher(tmp_path, refusal="not here") as enricher:
        task = task_of(7, comm="racer", cgroup=0, pid_namespace=namespace)
        process = enricher.process(make_call(task))
        assert process.executable is None
        assert "another program" in process.missing["executable"]
        assert "no cgroup id" in process.missing["cgroup_path"]
        assert "not here" in enricher.notes()[0]


IN_A_CONTAINER = """
import json, os, time
import msgspec
from pathlib import Path
from detector.enrich.enricher import Enricher
from tests.unit.enrich.fake_proc import make_call, real_task
child = os.fork()
if child == 0:
    os.execv("/bin/sleep", ["sleep", "1000"])
while Path(f"/proc/{child}/comm").read_text() != "sleep\\n":
    os.sched_yield()
root_ids = {"tgid": child + 100_000, "tid": child + 100_000}
task = msgspec.structs.replace(real_task(child), **root_ids)
with Enricher.open() as enricher:
    process = enricher.process(make_call(task, began_ns=time.clock_gettime_ns(time.CLOCK_BOOTTIME)))
    print(json.dumps([process.command_line, process.parent_tgid, os.getpid(), enricher.notes()]))
os.kill(child, 9)
"""


def test_in_a_pid_namespace_a_task_is_named_by_its_own_numbers() -> None:
    command = ["unshare", "--pid", "--fork", "--mount-proc", sys.executable, "-c", IN_A_CONTAINER]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=60, check=False, cwd=ROOT
    )
    if done.returncode and done.stderr.startswith("unshare:"):
        pytest.skip(f"no pid namespace may be made here: {done.stderr}")
    assert done.returncode == 0, done.stderr
    command_line, parent, tool, notes = json.loads(done.stdout)
    assert (command_line, parent) == (["sleep", "1000"], tool)
    assert "initial pid" in notes[0]


def test_closing_leaves_no_thread_and_no_descriptor() -> None:
    def held() -> tuple[set[str], int]:
        return set(os.listdir("/proc/self/fd")), threading.active_count()  # noqa: PTH208

    before = held()
    enricher = Enricher.open()
    enricher.process(make_call(real_task(os.getpid()), began_ns=now()))
    enricher.close()
    enricher.close()
    assert held() == before
