"""Which of a command's descendants are alive."""

from __future__ import annotations

from pathlib import Path

from detector.capture.marks import Marked
from detector.model.observation import Descendant


def alive(marked: tuple[Marked, ...], proc: Path = Path("/proc")) -> tuple[Descendant, ...]:
    """Name the processes of marked tasks; pid 0 stands for one that cannot be seen from here."""
    processes = {mark.tgid: mark.ns_tgid for mark in marked}
    return tuple(Descendant(pid=pid, comm=_comm(proc, pid)) for pid in sorted(processes.values()))


def _comm(proc: Path, pid: int) -> str:
    try:
        return (proc / str(pid) / "comm").read_bytes().decode("utf-8", "backslashreplace").strip()
    except OSError:
        return "?"
