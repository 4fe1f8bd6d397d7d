"""What the kernel said in the call names a process that nobody can look at any more."""

from __future__ import annotations

import hashlib
import os
import threading
import time
from pathlib import Path

import msgspec
import pytest

from detector.enrich.digests import SLOW, Digests
from detector.enrich.enricher import BOUND_SECONDS, Enricher
from detector.enrich.executables import GONE
from detector.enrich.procfs import NO_LOGIN
from detector.model.caller import Ancestor, Caller
from detector.model.judgement import JudgedCall
from detector.model.process import Container, Target
from tests.unit.enrich.fake_proc import make_call, real_task, task_of
from tests.unit.enrich.test_executables import program_of

ID = "0123456789abcdef" * 4
CALLER = Caller(
    executable="/usr/bin/racer",
    command_line=("racer", "--fast"),
    working_directory="/src",
    cgroup_path=f"/system.slice/docker-{ID}.scope",
    login_uid=1000,
    namespaces={"mnt": 4, "user": 5},
    ancestors=(
        Ancestor(tgid=90, comm="bash", start_ns=7),
        Ancestor(tgid=1, comm="systemd", start_ns=5),
    ),
    stack=(0x1000,),
)


def called(call: JudgedCall, caller: Caller = CALLER) -> JudgedCall:
    return msgspec.structs.replace(call, caller=caller)


def gone(caller: Caller = CALLER) -> JudgedCall:
    """A call of a process that no /proc shows any more."""
    return called(make_call(task_of(100)), caller)


def test_a_process_that_is_gone_is_named_by_the_kernel(tmp_path: Path) -> None:
    process = Enricher(tmp_path).process(gone())
    assert process.executable == "/usr/bin/racer"
    assert process.command_line == ("racer", "--fast")
    assert (process.parent_tgid, process.parent_comm) == (90, "bash")
    assert process.ancestors == CALLER.ancestors
    assert process.working_directory == "/src"
    assert process.login_uid == 1000
    assert process.namespaces == {"pid": task_of(100).pid_namespace, "mnt": 4, "user": 5}
    assert process.container == Container(runtime="docker", id=ID)
    assert process.target == Target(tgid=100, comm="racer", executable="/usr/bin/racer")


def test_all_else_is_missing_with_its_reason(tmp_path: Path) -> None:
    process = Enricher(tmp_path).process(gone())
    assert process.missing.keys() == {
        "container_image",
        "cpuset",
        "package",
        "program",
        "sha256",
        "stack",
    }
    assert all(process.missing.values())


def test_a_file_that_has_lost_its_name_is_shown_as_the_kernel_shows_it(tmp_path: Path) -> None:
    deleted = msgspec.structs.replace(CALLER, deleted=True)
    process = Enricher(tmp_path).process(gone(deleted))
    assert process.executable == "/usr/bin/racer (deleted)"


def test_what_the_kernel_had_no_room_for_is_said(tmp_path: Path) -> None:
    cut = {"ancestors": "no room", "command_line": "no room", "executable": "no room"}
    process = Enricher(tmp_path).process(gone(msgspec.structs.replace(CALLER, missing=cut)))
    assert process.missing.items() >= cut.items()
    assert process.ancestors == CALLER.ancestors


def test_a_living_process_is_asked_for_what_the_kernel_did_not_say() -> None:
    began = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
    with Enricher.open() as enricher:
        process = enricher.process(make_call(real_task(os.getpid()), began_ns=began))
    assert process.executable == str(Path("/proc/self/exe").readlink())
    assert process.working_directory == str(Path.cwd())
    assert process.ancestors[0].tgid == process.parent_tgid == os.getppid()
    assert process.namespaces["mnt"] == Path("/proc/self/ns/mnt").stat().st_ino
    assert process.cpuset is not None
    told = int(Path("/proc/self/loginuid").read_text())
    assert process.login_uid == (None if told == NO_LOGIN else told)
    assert "login_uid" not in process.missing
    assert "did not tell" in process.missing["program"]


def own_call() -> JudgedCall:
    """A call of this very process, as the kernel would tell of it."""
    program = Path("/proc/self/exe").resolve()
    caller = Caller(
        executable=str(program),
        program=program_of(program),
        namespaces={"mnt": Path("/proc/self/ns/mnt").stat().st_ino},
    )
    began = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
    return called(make_call(real_task(os.getpid()), began_ns=began), caller)


def test_the_executable_is_hashed() -> None:
    program = Path("/proc/self/exe").resolve()
    with Enricher.open() as enricher:
        process = enricher.process(own_call())
    assert process.sha256 == hashlib.sha256(program.read_bytes()).hexdigest()


def test_another_file_of_that_name_is_not_hashed() -> None:
    call = own_call()
    assert call.caller is not None
    assert call.caller.program is not None
    other = msgspec.structs.replace(call.caller.program, inode=1)
    with Enricher.open() as enricher:
        process = enricher.process(
            called(call, msgspec.structs.replace(call.caller, program=other))
        )
    assert process.sha256 is None
    assert process.missing["sha256"] == GONE


def test_an_answer_never_waits_for_a_digest_longer_than_its_bound(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    go = threading.Event()
    monkeypatch.setattr(Digests, "_hash", lambda *_: go.wait())
    with Enricher.open() as enricher:
        began = time.monotonic()
        process = enricher.process(own_call())
        took = time.monotonic() - began
    go.set()
    assert process.missing["sha256"] == SLOW
    assert process.executable is not None
    assert took < 5 * BOUND_SECONDS  # a busy machine runs threads late
