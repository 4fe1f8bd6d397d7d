"""A process that races and ends before anybody can look at it is named whole by the kernel."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import chdir
from pathlib import Path

import msgspec
import pytest

from detector.capture.capture import Capture
from detector.capture.filters import Filters
from detector.enrich.enricher import Enricher
from detector.enrich.packages import SLOW, UNOWNED
from detector.model.judgement import JudgedCall
from detector.model.process import Process
from detector.render.location import Location, location_of
from tests.kernel.short_lived import NAME, SOURCE, WORDS, build, race
from tests.unit.samples import found as finding_of

CGROUP = Path("/sys/fs/cgroup/toctrace-short-lived")


class Seen(msgspec.Struct, frozen=True):
    """One raced call of a process that had ended before the first look at what was captured."""

    program: Path
    call: JudgedCall
    process: Process


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seen]:
    program = build(tmp_path_factory.mktemp("repository"))
    home = (
        Path("/sys/fs/cgroup") / Path("/proc/self/cgroup").read_text().partition("::/")[2].strip()
    )
    CGROUP.mkdir()
    try:
        with Capture() as capture, Enricher.open() as enricher:
            capture.arm(Filters(comm=NAME.encode()), gated=True)
            (CGROUP / "cgroup.procs").write_text(str(os.getpid()))
            try:
                with chdir(program.parent):
                    call = race(capture, program).call
            finally:
                (home / "cgroup.procs").write_text(str(os.getpid()))
            CGROUP.rmdir()  # gone, as the process is, before anybody looks
            yield Seen(program, call, enricher.process(call))
    finally:
        if CGROUP.exists():
            CGROUP.rmdir()


def test_its_program_words_and_place_are_those_of_the_call(seen: Seen) -> None:
    process, status = seen.process, seen.program.stat()
    assert process.executable == str(seen.program)
    assert process.program is not None
    assert process.program.inode == status.st_ino
    assert process.command_line[0] == str(seen.program)
    assert process.command_line[2:] == WORDS
    assert process.working_directory == str(seen.program.parent)
    assert seen.call.task.comm == NAME


def test_it_has_its_parents_up_to_init(seen: Seen) -> None:
    nearest = seen.process.ancestors[0]
    assert nearest.tgid == seen.process.parent_tgid == os.getpid()
    assert nearest.comm == Path("/proc/self/comm").read_text().rstrip("\n")
    assert nearest.executable == str(Path("/proc/self/exe").readlink())
    assert seen.process.ancestors[-1].tgid == 1
    assert "ancestors" not in seen.process.missing


def test_it_has_its_cgroup_and_namespaces_though_the_cgroup_is_gone(seen: Seen) -> None:
    assert seen.process.cgroup_path == f"/{CGROUP.name}"
    links = Path("/proc/self/ns")
    for name in ("pid", "user", "mnt", "net", "uts", "ipc", "cgroup", "time"):
        assert seen.process.namespaces[name] == (links / name).stat().st_ino, name
    told = int(Path("/proc/self/loginuid").read_text())
    assert seen.process.login_uid == (None if told == 0xFFFFFFFF else told)


def test_its_executable_is_hashed_while_it_can_be_opened(seen: Seen) -> None:
    assert seen.process.sha256 == hashlib.sha256(seen.program.read_bytes()).hexdigest()
    # an emulated machine may be too slow to look through dpkg's lists
    assert seen.process.missing["package"] in {UNOWNED, SLOW}


def test_what_only_a_living_process_has_is_missing_with_the_reason(seen: Seen) -> None:
    assert seen.process.cpuset is None
    assert "had ended" in seen.process.missing["cpuset"]


def test_the_stack_of_the_call_leads_to_its_source_line(seen: Seen) -> None:
    line = 1 + SOURCE.read_text().splitlines().index(
        next(line for line in SOURCE.read_text().splitlines() if "/* the call */" in line)
    )
    functions = [frame.symbol for frame in seen.process.stack]
    assert functions[:3] == ["syscall", "call_migrate_pages", "main"]
    calling = seen.process.stack[1]
    assert (calling.file, calling.line) == (str(seen.program.parent / SOURCE.name), line)
    finding = finding_of(seen.call, seen.process)
    place = location_of(finding, str(seen.program.parent), Location("elsewhere", 1))
    assert place == Location(SOURCE.name, line)
