"""Whether only root can change what a service of root's would run."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path

from detector.errors import UsageError

_OTHERS = stat.S_IWGRP | stat.S_IWOTH
_MOST_LINKS = 40  # MAXSYMLINKS (include/linux/namei.h)


def check_trusted(path: Path) -> None:
    """Raise UsageError where another than root could put another file in the place of `path`.

    Looks at everything on the way: each folder, each link and the file. A sticky folder is not
    enough: its files are safe, but a name in it that is free for a moment is not.
    """
    try:
        for step in _steps(path):
            found = step.lstat()
            open_to_others = found.st_mode & _OTHERS and not stat.S_ISLNK(found.st_mode)
            if found.st_uid != 0 or open_to_others:
                raise UsageError(
                    f"{path}: others than root can change {step}, and would be root at the "
                    "service's next start: install it where root alone writes, such as "
                    "/opt/toctrace"
                )
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}") from None


def _steps(path: Path) -> Iterator[Path]:
    """Give every name that the kernel looks up on the way to an absolute `path`: links, too."""
    pending = list(reversed(path.parts[1:]))
    place = Path("/")
    links = 0
    yield place
    while pending and links < _MOST_LINKS:
        name = pending.pop()
        if name == "..":
            place = place.parent
            continue
        step = place / name
        yield step
        if not step.is_symlink():
            place = step
            continue
        links += 1
        target = step.readlink()
        if target.is_absolute():
            place = Path("/")
        pending += [part for part in reversed(target.parts) if part != "/"]
