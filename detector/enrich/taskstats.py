"""taskstats (kernel/taskstats.c, kernel/tsacct.c): parent, user and name of a task that is there.

Used where /proc does not show the task (mounted with hidepid, or not mounted in a container):
it needs CAP_NET_ADMIN and no /proc at all. It knows no path and no command line.
"""

from __future__ import annotations

import asyncio
import os
import time
from dataclasses import dataclass
from typing import Any

from pyroute2.netlink.exceptions import NetlinkError
from pyroute2.netlink.taskstats import AsyncTaskStats

from detector.enrich.procfs import NS_PER_TICK, text
from detector.errors import EnrichmentError

ANSWER_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class TaskAccount:
    """What is used of `struct taskstats`."""

    parent_tgid: int
    """In the tool's own pid namespace; 0: none, or outside it."""
    uid: int
    comm: str
    start_earliest_ns: int
    """The start time is this (CLOCK_BOOTTIME, if the host did not sleep since) or later, ..."""
    start_latest_ns: int
    """... and this or earlier."""

    def started_at(self, start_ns: int) -> bool:
        """Whether this is the task with that start time, within a clock tick."""
        return (
            self.start_earliest_ns - NS_PER_TICK <= start_ns <= self.start_latest_ns + NS_PER_TICK
        )


async def _ask(pid: int) -> list[Any]:
    """Ask once, on a socket that is closed again."""
    async with AsyncTaskStats() as stats:
        await stats.bind()
        return [message async for message in await stats.get_pid_stat(pid)]


def _ask_bounded(pid: int, seconds: float) -> list[Any]:
    """Ask on an event loop of its own: pyroute2's synchronous call waits without a bound."""
    loop = asyncio.new_event_loop()
    try:
        return loop.run_until_complete(asyncio.wait_for(_ask(pid), seconds))
    except NetlinkError as error:
        message = f"taskstats: {os.strerror(error.code)}"
        raise EnrichmentError(message) from error
    except TimeoutError as error:  # asyncio's, which is the built-in one since 3.11
        message = "taskstats did not answer in time"
        raise EnrichmentError(message) from error
    except OSError as error:
        message = f"taskstats: {error.strerror or error}"
        raise EnrichmentError(message) from error
    except KeyError as error:  # pyroute2 found no port to bind to
        message = "taskstats: no netlink socket could be bound"
        raise EnrichmentError(message) from error
    finally:
        loop.close()


def parse(message: Any, before_ns: int, after_ns: int) -> TaskAccount:
    """Make an account of pyroute2's message; the clock was read around the question.

    Raises EnrichmentError where the message is no account.
    """
    aggregate = message.get_attr("TASKSTATS_TYPE_AGGR_PID")
    stats = aggregate.get_attr("TASKSTATS_TYPE_STATS") if aggregate is not None else None
    if stats is None:
        missing = "taskstats gave no account of the task"
        raise EnrichmentError(missing)
    comm = stats["ac_comm"]  # bytes or text, by the version of pyroute2's decoder
    elapsed_ns = int(stats["ac_etime"]) * 1000  # in us, rounded down
    return TaskAccount(
        parent_tgid=int(stats["ac_ppid"]),
        uid=int(stats["ac_uid"]),
        comm=text(comm.split(b"\0")[0]) if isinstance(comm, bytes) else str(comm),
        start_earliest_ns=before_ns - elapsed_ns - 1000,
        start_latest_ns=after_ns - elapsed_ns,
    )


def account(pid: int, seconds: float = ANSWER_SECONDS) -> TaskAccount:
    """Ask for task `pid` (a tid of the tool's own pid namespace); raise EnrichmentError."""
    before_ns = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
    messages = _ask_bounded(pid, seconds)
    after_ns = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
    if not messages:
        message = "taskstats gave no account of the task"
        raise EnrichmentError(message)
    return parse(messages[0], before_ns, after_ns)
