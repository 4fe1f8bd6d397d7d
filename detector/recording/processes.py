"""Who called, out of the recorded changes of processes: for calls that live nobody asked about.

A process is named only where every change up to its call was recorded. Pure.
"""

from __future__ import annotations

from collections import OrderedDict

import msgspec

from detector.model.judgement import JudgedCall
from detector.model.process import Process
from detector.model.process_change import Change, ProcessChange

BOUND = 65_536
"""Processes that are kept; those that changed the longest ago go first."""
UNTOLD = "the recording does not say who made this call"
REPLACED = "it ran execve after the call"


class _Life(msgspec.Struct):
    since_ns: int
    executable: str | None = None
    command_line: tuple[str, ...] = ()
    missing: str = ""
    comm: str | None = None
    parent_tgid: int | None = None


class Processes:
    """The processes of a recording, as of the place that was read last."""

    def __init__(self) -> None:
        """Know none."""
        self._lives: OrderedDict[int, _Life] = OrderedDict()

    def take(self, change: ProcessChange) -> None:
        """Take the next change."""
        life = self._lives.get(change.tgid)
        match change.kind:
            case Change.LOST:
                self._lives.clear()
            case Change.RUNNING:
                self._put(change.tgid, _begun(change, change.parent_tgid))
            case Change.FORK:
                parent = self._lives.get(change.parent_tgid or 0)
                begun = _Life(change.time_ns, missing=UNTOLD)
                if parent is not None:  # it runs what its parent runs
                    begun = msgspec.structs.replace(parent, since_ns=change.time_ns)
                begun.parent_tgid = change.parent_tgid
                self._put(change.tgid, begun)
            case Change.EXEC:
                self._put(change.tgid, _begun(change, life.parent_tgid if life else None))
            case Change.COMM if life is not None:
                life.comm = change.comm
            case _:  # what ended may still have a call that is judged later
                pass

    def who(self, call: JudgedCall) -> Process:
        """Say who made a call that was just read; with the reason where it is not known."""
        life = self._lives.get(call.task.tgid)
        if life is None:
            return Process(missing={"process": UNTOLD})
        if life.since_ns > call.began_ns:
            return Process(missing={"process": REPLACED})
        parent = self._lives.get(life.parent_tgid or 0)
        missing = {} if life.parent_tgid is not None else {"parent_tgid": UNTOLD}
        if parent is None or parent.comm is None:
            missing["parent_comm"] = UNTOLD
        if life.missing:
            missing["executable"] = missing["command_line"] = life.missing
        return Process(
            executable=life.executable,
            command_line=life.command_line,
            parent_tgid=life.parent_tgid,
            parent_comm=parent.comm if parent else None,
            missing=missing | {"cgroup_path": UNTOLD, "backing": UNTOLD},
        )

    def _put(self, tgid: int, life: _Life) -> None:
        self._lives[tgid] = life
        self._lives.move_to_end(tgid)
        if len(self._lives) > BOUND:
            self._lives.popitem(last=False)


def _begun(change: ProcessChange, parent_tgid: int | None) -> _Life:
    return _Life(
        since_ns=0 if change.kind is Change.RUNNING else change.time_ns,
        executable=change.executable,
        command_line=change.command_line,
        missing=change.missing,
        comm=change.comm,
        parent_tgid=parent_tgid,
    )
