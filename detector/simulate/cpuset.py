"""A cpuset of one memory node that lives as long as a simulation, in cgroup v2 or v1."""

from __future__ import annotations

import os
import tempfile
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from detector.errors import SimulationError
from detector.simulate import syscalls

if TYPE_CHECKING:
    from collections.abc import Iterator

REMEDY = "run as root, outside a container, on a kernel whose cpuset controller can be used"


@contextmanager
def cpuset_of(node: int) -> Iterator[Path]:
    """Make a cpuset whose memory is `node` alone; give the file that a pid is written to.

    Whoever is in it must have ended when the block ends: the cpuset is removed, and what had to
    be mounted or enabled for it is undone. Raises SimulationError where that is not permitted.
    """
    with ExitStack() as stack:
        try:
            procs = _make(node, stack)
        except OSError as error:
            message = f"a cpuset cannot be made here ({error}): {REMEDY}"
            raise SimulationError(message) from error
        yield procs


def _make(node: int, stack: ExitStack) -> Path:
    v1 = _mounted("cgroup", "cpuset")
    top = v1 or _mounted("cgroup2") or _mount_v2(stack)
    if v1 is None:
        _enable(top, stack)
    folder = top / f"toctrace-simulate-{os.getpid()}"
    folder.mkdir()
    stack.callback(folder.rmdir)
    if v1 is not None:  # v1 wants its processors named before anybody enters; v2 inherits them
        (folder / "cpuset.cpus").write_text((top / "cpuset.cpus").read_text())
    (folder / "cpuset.mems").write_text(str(node))
    return folder / "cgroup.procs"


def _mounted(kind: str, option: str = "") -> Path | None:
    """Return where a file system of the kind, with the option, is mounted."""
    for line in Path("/proc/mounts").read_text().splitlines():
        _source, target, its_kind, options, *_ = line.split()
        if its_kind == kind and (not option or option in options.split(",")):
            return Path(target)
    return None


def _mount_v2(stack: ExitStack) -> Path:
    folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="toctrace-cgroup-"))
    syscalls.mount("cgroup2", folder)
    stack.callback(syscalls.unmount, folder)
    return Path(folder)


def _enable(top: Path, stack: ExitStack) -> None:
    """Let children of the v2 cgroup `top` be cpusets, and undo that at the end."""
    if "cpuset" not in (top / "cgroup.controllers").read_text().split():
        message = f"the cpuset controller is not in {top}/cgroup.controllers: {REMEDY}"
        raise SimulationError(message)
    control = top / "cgroup.subtree_control"
    if "cpuset" not in control.read_text().split():
        control.write_text("+cpuset")
        stack.callback(_disable, control)


def _disable(control: Path) -> None:
    """Undo `_enable`; whoever else has come to use cpusets meanwhile keeps them."""
    with suppress(OSError):
        control.write_text("-cpuset")
