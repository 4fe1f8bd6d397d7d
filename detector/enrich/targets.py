"""The process whose pages a call moves: its pid argument, looked up after the call."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from detector.enrich.namespaces import visible
from detector.enrich.procfs import NS_PER_TICK, ProcessDirectory
from detector.errors import EnrichmentError
from detector.model.process import Target

if TYPE_CHECKING:
    from detector.enrich.namespaces import Namespaces
    from detector.enrich.sighting import Sighting

YOUNGER = "another process has its number now"


def look_up_target(seen: Sighting, pid: int, own: Namespaces) -> Target:
    """Find the process that `pid` was for the caller; raise EnrichmentError with the reason.

    It may be a thread's number, as mm/mempolicy.c kernel_migrate_pages() takes one.
    """
    meant = msgspec.structs.replace(
        seen.task, tgid=pid, tid=pid, ns_tgid=pid, ns_tid=pid
    )  # in the caller's namespace of pids
    shown = visible(meant, own, seen.root, seen.left())
    with ProcessDirectory(seen.root, shown.tgid) as thread:
        tgid = thread.leader()
    with ProcessDirectory(seen.root, tgid) as directory:
        stat = directory.stat()
        if stat.start_ticks > seen.call.ended_ns // NS_PER_TICK:
            raise EnrichmentError(YOUNGER)
        try:
            executable = directory.executable()
        except EnrichmentError:
            executable = None  # a kernel thread's, or not to be looked at
    return Target(tgid=tgid, comm=stat.comm, executable=executable)
