"""On a machine at its full speed, a process that races and ends within a millisecond is named."""

from __future__ import annotations

import hashlib
import os
from contextlib import chdir
from pathlib import Path

from detector.capture.backends import TRACEPOINT
from detector.capture.capture import Capture
from detector.capture.filters import Filters
from detector.enrich.enricher import Enricher
from detector.enrich.packages import UNOWNED
from tests.kernel.short_lived import NAME, WORDS, build, race

WITHIN_NS = 1_000_000
ONLY_WHILE_IT_LIVES = {"cpuset", "backing"}
"""What nobody can say of a process that has ended; missing, with the reason."""


def test_a_process_that_races_and_ends_within_a_millisecond_is_fully_named(tmp_path: Path) -> None:
    program = build(tmp_path)
    with Capture(backend=TRACEPOINT) as capture, Enricher.open() as enricher:
        capture.arm(Filters(comm=NAME.encode()), gated=True)
        with chdir(tmp_path):
            raced = race(capture, program, WITHIN_NS)
        process = enricher.process(raced.call)
    assert raced.lived_ns < WITHIN_NS
    assert process.executable == str(program)
    assert process.program is not None
    assert process.program.inode == program.stat().st_ino
    assert process.sha256 == hashlib.sha256(program.read_bytes()).hexdigest()
    assert process.command_line[0] == str(program)
    assert process.command_line[2:] == WORDS
    assert process.working_directory == str(tmp_path)
    assert process.parent_tgid == process.ancestors[0].tgid == os.getpid()
    assert process.ancestors[0].executable == str(Path("/proc/self/exe").readlink())
    assert process.ancestors[-1].tgid == 1
    own = Path("/proc/self/cgroup").read_text()
    assert f"::{process.cgroup_path}\n" in own
    namespaces = {name.name: name.stat().st_ino for name in Path("/proc/self/ns").iterdir()}
    assert process.namespaces.items() <= namespaces.items()
    assert {"pid", "user", "mnt", "net"} <= set(process.namespaces)
    assert [frame.symbol for frame in process.stack][:3] == [
        "syscall",
        "call_migrate_pages",
        "main",
    ]
    assert set(process.missing) <= ONLY_WHILE_IT_LIVES | {"package"}
    assert process.missing["package"] == UNOWNED
