"""Who made a judged call, and what backed its arguments: the room's front door."""

from __future__ import annotations

import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Self

from detector.enrich import namespaces
from detector.enrich.addresses import look_up, shared_memory_devices
from detector.enrich.bounded import BoundedReader
from detector.enrich.cgroups import Cgroups, mount_point, parse_unified
from detector.enrich.follower import Follower, connect
from detector.enrich.learner import read_image
from detector.enrich.mounts import parse_mountinfo
from detector.enrich.parents import parent_comm, parent_tgid
from detector.enrich.processes import Image
from detector.enrich.sighting import Sighting, sight
from detector.enrich.span import read_span
from detector.errors import EnrichmentError
from detector.model.process import Backing, Process

if TYPE_CHECKING:
    from collections.abc import Callable

    from detector.enrich.connector import ProcessConnector
    from detector.model.judgement import JudgedCall
    from detector.model.process_change import ProcessChange

BOUND_SECONDS = 1.0
"""`process` waits no longer, give or take the few reads that can be held back at once."""

NO_FLAGS = "the kernel does not show VmFlags: userfaultfd cannot be told"
NO_CGROUP = "the kernel gave no cgroup id"


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
        self._own = namespaces.own(root)
        self._reader = BoundedReader()
        self._follower = Follower(root, self._reader, connector, refusal)
        self._shared_memory = shared_memory_devices()
        self._cgroups = Cgroups(_cgroup_mount(root))

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
        missing: dict[str, str] = {}
        life = self._follower.find(task.tgid, task.start_ns, leader=task.tid == task.tgid)
        with ExitStack() as stack:
            seen = sight(call, life, self._own, self._root, deadline=deadline, stack=stack)
            image = self._image(seen, missing)
            parent = self._parent(seen, missing)
            return Process(
                executable=image.executable,
                command_line=image.command_line,
                parent_tgid=parent,
                parent_comm=self._parent_comm(seen, parent, missing),
                cgroup_path=self._cgroup(seen, missing),
                backing=self._backing(seen, missing),
                missing=missing,
            )

    def close(self) -> None:
        """Close the socket; a second time does nothing."""
        self._follower.close()

    def __enter__(self) -> Self:
        """Give itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close."""
        self.close()

    def _image(self, seen: Sighting, missing: dict[str, str]) -> Image:
        """Give what ran at the time of the call."""
        image = None if seen.life is None else seen.life.image_at(seen.call.began_ns)
        if image is None:
            try:
                image = read_image(seen.unchanged(), self._reader, 0)
            except EnrichmentError as error:
                image = Image(since_ns=0, executable=None, command_line=(), missing=str(error))
        if image.missing:
            if image.executable is None:
                missing["executable"] = image.missing
            missing["command_line"] = image.missing
        return image

    def _parent(self, seen: Sighting, missing: dict[str, str]) -> int | None:
        """Give the parent's tgid, as the tool's namespace has it."""
        try:
            return parent_tgid(seen)
        except EnrichmentError as error:
            missing["parent_tgid"] = missing["parent_comm"] = str(error)
            return None

    def _parent_comm(
        self, seen: Sighting, parent: int | None, missing: dict[str, str]
    ) -> str | None:
        """Give the parent's name."""
        if parent is None:
            return None
        # a parent is older than its child, as a process is older than its later threads
        life = self._follower.find(parent, seen.task.start_ns, leader=False)
        try:
            return parent_comm(seen, parent, life, self._root)
        except EnrichmentError as error:
            missing["parent_comm"] = str(error)
            return None

    def _cgroup(self, seen: Sighting, missing: dict[str, str]) -> str | None:
        """Give the path of the cgroup that the kernel named at the call."""
        if seen.task.cgroup == 0:
            missing["cgroup_path"] = NO_CGROUP
            return None
        try:
            hint = parse_unified(seen.held().read("cgroup"))
        except (EnrichmentError, OSError):
            hint = None  # the walk does without
        try:
            return self._cgroups.path(seen.task.cgroup, hint, seen.left())
        except EnrichmentError as error:
            missing["cgroup_path"] = str(error)
            return None

    def _backing(self, seen: Sighting, missing: dict[str, str]) -> dict[str, Backing]:
        """Look up what backs each argument that has a kind; the others are not asked for."""
        spans = {
            argument.name: span
            for argument in seen.call.arguments
            if argument.kind is not None and (span := read_span(seen.call, argument)) is not None
        }
        if not spans:
            return {}
        try:
            found = look_up(seen.unchanged(), self._reader, spans, self._shared_memory, seen.left())
        except EnrichmentError as error:
            missing["backing"] = str(error)
            return dict.fromkeys(spans, Backing.UNKNOWN)
        if not all(lookup.flags_seen for lookup in found.values()):
            missing["backing"] = NO_FLAGS
        return {name: lookup.backing for name, lookup in found.items()}
