"""The path of a cgroup v2 by its id, which is its directory's inode number (fs/kernfs)."""

from __future__ import annotations

import os
import time
from collections import OrderedDict
from typing import TYPE_CHECKING

from detector.enrich.procfs import text
from detector.errors import EnrichmentError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from detector.enrich.mounts import Mount

CACHE_BOUND = 1024
DIRECTORY_BOUND = 20_000
"""A walk looks at no more directories."""

NO_MOUNT = "no cgroup v2 file system is mounted here"
GONE = "the cgroup is gone, or outside what is mounted here"
SLOW = "the cgroups are too many to look through in time"


def mount_point(mounts: Iterable[Mount]) -> str | None:
    """Give where cgroup v2 is mounted; None: nowhere."""
    return next((mount.point for mount in mounts if mount.fstype == "cgroup2"), None)


def parse_unified(raw: bytes) -> str | None:
    """Give the v2 path of a /proc/PID/cgroup file, as seen from the reader's own cgroup root."""
    for line in raw.split(b"\n"):
        if line.startswith(b"0::/"):
            return text(line.removeprefix(b"0::"))
    return None


class Cgroups:
    """Looks cgroups up below one mount, keeping what it found."""

    def __init__(self, mount: Path | None, bound: int = CACHE_BOUND) -> None:
        """Look below `mount`; None: cgroup v2 is not mounted."""
        self._mount = mount
        self._bound = bound
        self._paths: OrderedDict[int, str] = OrderedDict()

    def path(self, number: int, hint: str | None, seconds: float) -> str:
        """Give the path of cgroup `number`, from the mount's root (`/` is the root).

        `hint`: where the task is now; taken if it is the same cgroup. Looks for at most
        `seconds`. Raises EnrichmentError where it is not found.
        """
        if number in self._paths:
            # the number has a generation in its upper half and is not given out again
            self._paths.move_to_end(number)
            return self._paths[number]
        if self._mount is None:
            raise EnrichmentError(NO_MOUNT)
        if hint is not None and self._inode(hint) == number:
            return self._keep(number, hint)
        return self._walk(self._mount, number, time.monotonic() + seconds)

    def _inode(self, path: str) -> int | None:
        """Give the inode of a cgroup's directory, or None."""
        try:
            return os.stat(f"{self._mount}{path}").st_ino  # noqa: PTH116 `..` must stay as it is
        except (OSError, ValueError):
            return None

    def _walk(self, mount: Path, number: int, deadline: float) -> str:
        """Look at every directory, nearest to the root first."""
        if self._inode("/") == number:
            return self._keep(number, "/")
        waiting = [str(mount)]
        looked = 0
        for directory in waiting:
            looked += 1
            if looked > DIRECTORY_BOUND or time.monotonic() > deadline:
                raise EnrichmentError(SLOW)
            try:
                entries = list(os.scandir(directory))
            except OSError:
                continue  # removed meanwhile
            for entry in entries:
                if not entry.is_dir(follow_symlinks=False):
                    continue
                path = entry.path[len(str(mount)) :]
                if self._inode(path) == number:
                    return self._keep(number, path)
                waiting.append(entry.path)
        raise EnrichmentError(GONE)

    def _keep(self, number: int, path: str) -> str:
        """Remember a path."""
        clean = text(os.fsencode(path))
        self._paths[number] = clean
        while len(self._paths) > self._bound:
            self._paths.popitem(last=False)
        return clean
