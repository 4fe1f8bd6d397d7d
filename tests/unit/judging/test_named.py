"""The kernel's word alone names a caller; all that needed the live host is missing, and said."""

from __future__ import annotations

from detector.judging.named import executable_of, named_by
from detector.model.caller import Ancestor, Caller, Program
from detector.model.frame import Frame

CALLER = Caller(
    executable="/usr/bin/racer",
    program=Program(device=(8, 1), inode=7),
    command_line=("racer",),
    cgroup_path="/build",
    ancestors=(Ancestor(tgid=90, comm="bash"),),
    stack=(0x1000,),
    missing={"ancestors": "no room"},
)


def test_everything_that_the_kernel_told_is_there() -> None:
    process = named_by(CALLER, "nobody was asked")
    assert (process.executable, process.command_line) == ("/usr/bin/racer", ("racer",))
    assert (process.parent_tgid, process.parent_comm) == (90, "bash")
    assert (process.program, process.cgroup_path) == (CALLER.program, "/build")
    assert process.stack == (Frame(address=0x1000, missing="nobody was asked"),)


def test_what_needed_the_live_host_has_a_reason() -> None:
    missing = named_by(CALLER, "nobody was asked").missing
    assert missing["ancestors"] == "no room"
    for name in ("sha256", "package", "container", "cpuset", "target", "backing"):
        assert missing[name] == "nobody was asked"


def test_a_deleted_file_is_called_so_and_one_that_was_not_told_is_none() -> None:
    assert executable_of(Caller(executable="/x", deleted=True)) == "/x (deleted)"
    assert executable_of(Caller()) is None
