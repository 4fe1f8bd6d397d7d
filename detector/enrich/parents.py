"""Whose child a process is: by the fork that was seen, by /proc, or by taskstats."""

from __future__ import annotations

from typing import TYPE_CHECKING

from detector.enrich import taskstats
from detector.enrich.procfs import NS_PER_TICK, ProcessDirectory
from detector.enrich.sighting import REUSED
from detector.errors import EnrichmentError

if TYPE_CHECKING:
    from pathlib import Path

    from detector.enrich.processes import Life
    from detector.enrich.sighting import Sighting

NO_PARENT = "it has none, or one outside the pid namespace that /proc shows"


def parent_tgid(seen: Sighting) -> int:
    """Give the parent, at the fork where that was seen, else now; raise EnrichmentError."""
    if seen.life is not None and seen.life.parent_tgid is not None:
        parent = seen.life.parent_tgid
    elif seen.directory is not None:
        parent = seen.directory.stat().parent_tgid
    else:
        parent = _account(seen).parent_tgid
    if parent == 0:
        raise EnrichmentError(NO_PARENT)
    return parent


def _account(seen: Sighting) -> taskstats.TaskAccount:
    """Ask taskstats, which needs no /proc; raise EnrichmentError with both reasons."""
    reason = REUSED
    # whichever of the two numbers is that of the tool's namespace: the start time decides
    for tid in dict.fromkeys((seen.task.tid, seen.task.ns_tid)):
        try:
            account = taskstats.account(tid, min(seen.left(), taskstats.ANSWER_SECONDS))
        except EnrichmentError as error:
            reason = str(error)
            continue
        if account.started_at(seen.task.start_ns):
            return account
    message = f"{seen.gone}; {reason}"
    raise EnrichmentError(message)


def parent_comm(seen: Sighting, parent: int, parent_life: Life | None, root: Path) -> str:
    """Give the parent's name; raise EnrichmentError where that process cannot be the parent."""
    if parent_life is not None and parent_life.comm is not None:
        return parent_life.comm
    try:
        with ProcessDirectory(root, parent) as directory:
            stat = directory.stat()
    except EnrichmentError:
        if seen.directory is not None:
            raise
        return _accounted_comm(seen, parent)
    if stat.start_ticks > seen.task.start_ns // NS_PER_TICK:
        raise EnrichmentError(REUSED)
    return stat.comm


def _accounted_comm(seen: Sighting, parent: int) -> str:
    """Ask taskstats for the parent's name; raise EnrichmentError."""
    account = taskstats.account(parent, min(seen.left(), taskstats.ANSWER_SECONDS))
    if account.start_earliest_ns > seen.task.start_ns:
        raise EnrichmentError(REUSED)
    return account.comm
