"""Who made a judged call, and what backed its arguments: the room's front door."""

from __future__ import annotations

import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Self

from detector.enrich import namespaces
from detector.enrich.addresses import shared_memory_devices
from detector.enrich.answer import Sources, answer
from detector.enrich.bounded import BoundedReader
from detector.enrich.cgroups import Cgroups, mount_point
from detector.enrich.digests import Digests
from detector.enrich.follower import Follower, connect
from detector.enrich.mounts import parse_mountinfo
from detector.enrich.packages import Packages
from detector.enrich.sighting import sight
from detector.enrich.stacks import Stacks
from detector.errors import EnrichmentError

if TYPE_CHECKING:
    from collections.abc import Callable

    from detector.enrich.connector import ProcessConnector
    from detector.model.judgement import JudgedCall
    from detector.model.process import Process
    from detector.model.process_change import ProcessChange

BOUND_SECONDS = 1.0
"""`process` waits no longer, give or take the few reads that can be held back at once."""

HOST = Path("/")
"""Below it lies what this host keeps of packages."""


def _cgroup_mount(root: Path) -> Path | None:
    """Find where cgroup v2 is mounted for the tool; None: nowhere."""
    try:
        point = mount_point(parse_mountinfo((root / "self/mountinfo").read_bytes()))
    except OSError:
        return None
    return None if point is None else Path(point)


class Enricher:
    """Names processes while they live and for a while after; never raises for want of a name."""

    def __init__(
        self, root: Path, connector: ProcessConnector | None = None, refusal: str = ""
    ) -> None:
        """Look below `root` (/proc); `refusal`: why there is no connector."""
        self._root = root
        reader = BoundedReader()
        self._follower = Follower(root, reader, connector, refusal)
        self._sources = Sources(
            own=namespaces.own(root),
            reader=reader,
            follower=self._follower,
            cgroups=Cgroups(_cgroup_mount(root)),
            digests=Digests(reader),
            packages=Packages(HOST, reader),
            stacks=Stacks(reader),
            shared_memory=shared_memory_devices(),
        )

    @classmethod
    def open(cls, root: Path = Path("/proc")) -> Self:
        """Open what this host gives; what it refuses is told by `notes`, and costs names only."""
        try:
            connector, refusal = connect(namespaces.own(root)), ""
        except EnrichmentError as error:
            connector, refusal = None, str(error)
        enricher = cls(root, connector, refusal)
        try:
            enricher._follower.seed()
        except BaseException:
            enricher.close()
            raise
        return enricher

    def fileno(self) -> int | None:
        """Give the descriptor to poll for reading, then call `pump`; None: there is none."""
        return self._follower.fileno()

    def pump(self) -> None:
        """Take in what the process connector tells; to be called soon after it tells."""
        self._follower.pump()

    def tell_to(self, tell: Callable[[ProcessChange], None]) -> None:
        """Tell what runs, and from now on what processes do; nothing without a connector."""
        self._follower.tell_to(tell)

    def notes(self) -> tuple[str, ...]:
        """Say for the observation what names could not be had, and why."""
        return self._follower.notes()

    def process(self, call: JudgedCall) -> Process:
        """Say who made `call`, with a reason for everything that cannot be had."""
        deadline = time.monotonic() + BOUND_SECONDS
        task = call.task
        life = self._follower.find(task.tgid, task.start_ns, leader=task.tid == task.tgid)
        with ExitStack() as stack:
            own = self._sources.own
            seen = sight(call, life, own, self._root, deadline=deadline, stack=stack)
            return answer(seen, self._sources, stack)

    def close(self) -> None:
        """Close the socket; a second time does nothing."""
        self._follower.close()

    def __enter__(self) -> Self:
        """Give itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close."""
        self.close()
