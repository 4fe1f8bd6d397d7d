"""A /proc of files in a folder, and judged calls for it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from detector.enrich.namespaces import INITIAL_PID_INODE
from detector.enrich.procfs import NS_PER_TICK
from detector.model.judgement import JudgedArgument, JudgedCall, Kind
from detector.model.snapshot import Content, Task
from detector.model.stage import Stage
from tests.unit.builders import make_task


def add_process(
    root: Path,
    tgid: int,
    *,
    start_ticks: int = 500,
    parent: int = 1,
    comm: str = "racer",
    executable: str = "/usr/bin/racer",
    command_line: bytes = b"racer\0--fast\0",
    nspid: tuple[int, ...] = (),
    smaps: bytes | None = None,
) -> Path:
    """Write one process, its leader its only thread; give its folder."""
    folder = root / str(tgid)
    stat = f"{tgid} ({comm}) S {parent} " + "0 " * 17 + f"{start_ticks} 0 0\n"
    ids = "\t".join(str(number) for number in nspid or (tgid,))
    for place in (folder, folder / "task" / str(tgid)):
        place.mkdir(parents=True, exist_ok=True)
        (place / "stat").write_text(stat)
        (place / "comm").write_text(comm + "\n")
        (place / "cmdline").write_bytes(command_line)
        (place / "status").write_text(f"Name:\t{comm}\nNStgid:\t{ids}\nNSpid:\t{ids}\n")
        (place / "cgroup").write_text("0::/\n")
        (place / "mountinfo").write_text("27 1 254:0 / / rw - ext4 /dev/vda rw\n")
        if smaps is not None:
            (place / "smaps").write_bytes(smaps)
        (place / "exe").unlink(missing_ok=True)
        (place / "exe").symlink_to(executable)
    return folder


def task_of(tgid: int, *, start_ticks: int = 500, **changes: Any) -> Task:
    """Make a leader's task that began in that tick."""
    plain = {
        "tgid": tgid,
        "tid": tgid,
        "ns_tgid": tgid,
        "ns_tid": tgid,
        "start_ns": start_ticks * NS_PER_TICK + 1234,
        "pid_namespace": INITIAL_PID_INODE,
    }
    return make_task(**{**plain, **changes})


def real_task(pid: int, **changes: Any) -> Task:
    """Make the task of a real process' leader, as the kernel would tell it."""
    stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    comm = Path(f"/proc/{pid}/comm").read_text(encoding="utf-8").rstrip("\n")
    plain = {
        "start_ticks": int(stat[19]),
        "comm": comm,
        "pid_namespace": Path(f"/proc/{pid}/ns/pid").stat().st_ino,
    }
    return task_of(pid, **{**plain, **changes})


def make_argument(
    name: str, address: int, *, kind: Kind | None = Kind.RACE, length: int = 8
) -> JudgedArgument:
    """Make a judged argument that was seen at entry."""
    content = Content(address=address, bits=length * 8, data=bytes(length))
    return JudgedArgument(
        name=name,
        looks={Stage.ENTRY: content},
        copy_returned=0,
        cpuset=b"",
        pairs=(),
        kind=kind,
        window=None,
        came=b"",
        went=b"",
        observers=(),
    )


def make_call(
    task: Task, *arguments: JudgedArgument, began_ns: int = 10**18, maxnode: int = 65
) -> JudgedCall:
    """Make a judged migrate_pages; by default it began after everything else."""
    return JudgedCall(
        number=1,
        syscall="migrate_pages",
        abi="x86_64",
        task=task,
        args=(0, maxnode, 0, 0, 0, 0),
        began_ns=began_ns,
        ended_ns=began_ns + 1,
        returned=0,
        arguments=arguments,
        kind=Kind.RACE,
        copy_observed=True,
        cut=None,
    )
