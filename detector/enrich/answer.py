"""Who made one call, field by field: each is had, or its reason is."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from detector.enrich.addresses import look_up
from detector.enrich.ancestors import up_from, with_executables
from detector.enrich.cgroups import parse_unified
from detector.enrich.containers import container_of
from detector.enrich.cpusets import read_cpuset
from detector.enrich.executables import open_executable, places
from detector.enrich.images import image_of
from detector.enrich.namespaces import INITIAL_PID_INODE, read_namespaces
from detector.enrich.packages import DELETED as NO_NAME
from detector.enrich.packages import OTHER_MOUNTS
from detector.enrich.parents import NO_PARENT, parent_comm, parent_tgid
from detector.enrich.procfs import NO_LOGIN, ProcessDirectory
from detector.enrich.running import running
from detector.enrich.sharing import sharing
from detector.enrich.span import read_span
from detector.enrich.stacks import NOT_TOLD
from detector.enrich.targets import look_up_target
from detector.errors import EnrichmentError
from detector.model.process import Backing, Container, Process, Target
from detector.rules.fields import target_pid

if TYPE_CHECKING:
    import io
    from collections.abc import Callable
    from contextlib import ExitStack

    from detector.enrich.bounded import BoundedReader
    from detector.enrich.cgroups import Cgroups
    from detector.enrich.digests import Digests
    from detector.enrich.follower import Follower
    from detector.enrich.namespaces import Namespaces
    from detector.enrich.packages import Packages
    from detector.enrich.processes import Image, Life
    from detector.enrich.sighting import Sighting
    from detector.enrich.stacks import Stacks
    from detector.model.caller import Ancestor, Caller, Program
    from detector.model.frame import Frame

Had = TypeVar("Had")

NAMESPACES = ("user", "mnt", "net", "uts", "ipc", "cgroup", "time")
"""Links in /proc/PID/ns, beside that of pids."""
CUT_SHORT = {"ancestors", "stack", "working_directory"}
"""What is told as far as the kernel had room for it."""
STACK_SECONDS = 0.4
"""Naming a stack waits no longer: a digest is to be had, too."""

NO_FLAGS = "the kernel does not show VmFlags: userfaultfd cannot be told"
NO_CGROUP = "the kernel gave no cgroup id"
ORPHANED = "one of them had ended before /proc could be read"
NO_FILE = "the kernel did not tell which file it is"


@dataclass(frozen=True, slots=True)
class Sources:
    """Where answers come from."""

    own: Namespaces
    reader: BoundedReader
    follower: Follower
    cgroups: Cgroups
    digests: Digests
    packages: Packages
    stacks: Stacks
    shared_memory: frozenset[tuple[int, int]]

    def leader(self, tgid: int, start_ns: int) -> Life | None:
        """Give the life of the process with that leader; None where the table is not certain."""
        return self.follower.find(tgid, start_ns, leader=True)


def answer(seen: Sighting, sources: Sources, stack: ExitStack) -> Process:
    """Say who made the call; `stack` closes what is opened. Never raises for want of a name."""
    missing: dict[str, str] = {}
    had = partial(_had, missing)
    caller = seen.call.caller
    if caller is not None:
        missing |= {name: caller.missing[name] for name in CUT_SHORT & caller.missing.keys()}
    image = running(seen, sources.reader, missing)
    ancestors = had("ancestors", lambda: _ancestors(seen, sources, missing)) or ()
    cgroup = had("cgroup_path", lambda: _cgroup(seen, sources))
    backing = _backing(seen, sources, missing)
    folders = sharing(seen, sources.own, stack)
    return Process(
        executable=image.executable,
        command_line=image.command_line,
        program=had("program", lambda: _program(caller)),
        parent_tgid=ancestors[0].tgid if ancestors else None,
        parent_comm=_parent_comm(seen, sources, ancestors, missing),
        ancestors=ancestors,
        working_directory=had("working_directory", lambda: _directory(seen)),
        login_uid=had("login_uid", lambda: _login(seen)),
        namespaces={"pid": seen.task.pid_namespace}
        | (had("namespaces", lambda: _namespaces(seen)) or {}),
        cgroup_path=cgroup,
        container=_container(cgroup, missing),
        cpuset=had("cpuset", lambda: read_cpuset(seen.unchanged())),
        target=had("target", lambda: _target(seen, sources, image)),
        backing=backing,
        stack=had("stack", lambda: _stack(seen, sources, image, folders)) or (),
        # what may take its time comes last
        sha256=had("sha256", lambda: _digest(seen, sources, image, folders)),
        package=had("package", lambda: _package(seen, sources)),
        missing=missing,
    )


def _had(missing: dict[str, str], name: str, get: Callable[[], Had]) -> Had | None:
    """Give what `get` gives; where it raises EnrichmentError, note the reason."""
    try:
        return get()
    except EnrichmentError as error:
        missing[name] = str(error)
        return None


def _ancestors(seen: Sighting, sources: Sources, missing: dict[str, str]) -> tuple[Ancestor, ...]:
    """Give the processes up to init; those that the kernel told are those of the call."""
    caller = seen.call.caller
    if caller is not None:
        shown = sources.own.shown_pid == INITIAL_PID_INODE
        return with_executables(
            caller.ancestors, seen.call.began_ns, sources.leader, seen.root if shown else None
        )
    found, whole = up_from(parent_tgid(seen), seen.root)
    if not whole:
        missing["ancestors"] = ORPHANED
    return found


def _parent_comm(
    seen: Sighting, sources: Sources, ancestors: tuple[Ancestor, ...], missing: dict[str, str]
) -> str | None:
    """Give the parent's name at the call, or now; a reason stands for number and name."""
    if not ancestors:
        missing["parent_tgid"] = missing["parent_comm"] = missing.get("ancestors", NO_PARENT)
        return None
    if seen.call.caller is not None:
        return ancestors[0].comm
    parent = ancestors[0].tgid
    # a parent is older than its child, as a process is older than its later threads
    life = sources.follower.find(parent, seen.task.start_ns, leader=False)
    return _had(missing, "parent_comm", lambda: parent_comm(seen, parent, life, seen.root))


def _cgroup(seen: Sighting, sources: Sources) -> str:
    """Give the path of the cgroup at the call."""
    caller = seen.call.caller
    if caller is not None and caller.cgroup_path and "cgroup_path" not in caller.missing:
        return caller.cgroup_path
    if seen.task.cgroup == 0:
        raise EnrichmentError(NO_CGROUP)
    try:
        hint = parse_unified(seen.held().read("cgroup"))
    except (EnrichmentError, OSError):
        hint = None  # the walk does without
    return sources.cgroups.path(seen.task.cgroup, hint, seen.left())


def _container(cgroup: str | None, missing: dict[str, str]) -> Container | None:
    """Give the container of the cgroup, with its image where the runtime's files tell it."""
    if cgroup is None:
        missing["container"] = missing["cgroup_path"]
        return None
    container = container_of(cgroup)
    if container is None:
        return None
    image = _had(missing, "container_image", lambda: image_of(container))
    return Container(runtime=container.runtime, id=container.id, image=image)


def _directory(seen: Sighting) -> str:
    caller = seen.call.caller
    if caller is not None and caller.working_directory is not None:
        return caller.working_directory
    return seen.unchanged().working_directory()


def _login(seen: Sighting) -> int | None:
    """Give who logged in; None: nobody did."""
    if seen.call.caller is not None:
        return seen.call.caller.login_uid
    found = seen.held().login_uid()
    return None if found == NO_LOGIN else found


def _namespaces(seen: Sighting) -> dict[str, int]:
    if seen.call.caller is not None:
        return seen.call.caller.namespaces
    return read_namespaces(seen.held(), NAMESPACES)


def _target(seen: Sighting, sources: Sources, image: Image) -> Target | None:
    """Give whose pages the call moves; None: it has no such argument."""
    pid = target_pid(seen.call)
    if pid is None:
        return None
    if pid == 0:
        task = seen.task
        return Target(tgid=task.tgid, comm=task.comm, executable=image.executable)
    return look_up_target(seen, pid, sources.own)


def _backing(seen: Sighting, sources: Sources, missing: dict[str, str]) -> dict[str, Backing]:
    """Look up what backs each argument that has a kind; the others are not asked for."""
    spans = {
        argument.name: span
        for argument in seen.call.arguments
        if argument.kind is not None and (span := read_span(seen.call, argument)) is not None
    }
    if not spans:
        return {}
    try:
        found = look_up(seen.unchanged(), sources.reader, spans, sources.shared_memory, seen.left())
        seen.unchanged()  # still: an execve meanwhile makes it another memory's
    except EnrichmentError as error:
        missing["backing"] = str(error)
        return dict.fromkeys(spans, Backing.UNKNOWN)
    if not all(lookup.flags_seen for lookup in found.values()):
        missing["backing"] = NO_FLAGS
    return {name: lookup.backing for name, lookup in found.items()}


def _program(caller: Caller | None) -> Program:
    if caller is None or caller.program is None:
        raise EnrichmentError(NO_FILE)
    return caller.program


def _opened(
    seen: Sighting, sources: Sources, image: Image, folders: tuple[ProcessDirectory, ...]
) -> io.FileIO:
    """Open the executable, if the file is still to be had."""
    caller = seen.call.caller
    alive = seen.directory.fileno() if seen.directory is not None else None
    path = None if caller is None or caller.deleted else image.executable
    where = tuple(places(path, alive, [folder.fileno() for folder in folders]))
    program = None if caller is None else caller.program
    if program is None:
        seen.unchanged()  # only what the process runs now can be opened
    return sources.reader.run(partial(open_executable, where, program), seen.left())


def _stack(
    seen: Sighting, sources: Sources, image: Image, folders: tuple[ProcessDirectory, ...]
) -> tuple[Frame, ...]:
    """Name the stack by the process' mappings, or by its executable alone once it has ended."""
    caller = seen.call.caller
    if caller is None or not caller.stack:
        raise EnrichmentError(NOT_TOLD)
    seconds = min(seen.left(), STACK_SECONDS)
    try:
        directory = seen.unchanged()
    except EnrichmentError as error:
        if not folders:
            raise
        try:
            file = _opened(seen, sources, image, folders)
        except EnrichmentError as gone:
            message = f"{error}; {gone}"
            raise EnrichmentError(message) from None
        return sources.stacks.ended(file, folders[0].fileno(), caller, seconds)
    return sources.stacks.alive(directory, caller, seconds)


def _digest(
    seen: Sighting, sources: Sources, image: Image, folders: tuple[ProcessDirectory, ...]
) -> str:
    return sources.digests.sha256(_opened(seen, sources, image, folders), seen.left())


def _package(seen: Sighting, sources: Sources) -> str:
    """Give the owner of the path, where the path means the same for the tool."""
    caller = seen.call.caller
    if caller is None or caller.executable is None:
        raise EnrichmentError(NO_FILE)
    if caller.namespaces.get("mnt") not in {sources.own.mounts, sources.own.host_mounts}:
        raise EnrichmentError(OTHER_MOUNTS)
    if caller.deleted:
        raise EnrichmentError(NO_NAME)
    return sources.packages.owner(caller.executable, seen.left())
