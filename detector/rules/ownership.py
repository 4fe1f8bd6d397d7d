"""Who could write what root is about to believe."""

from __future__ import annotations

import os
import shlex
import stat
from collections.abc import Mapping
from pathlib import Path

_OTHERS = stat.S_IWGRP | stat.S_IWOTH


class Owners:
    """The users whose rules are believed; None of them counts where the tool is not root."""

    def __init__(self, euid: int, environ: Mapping[str, str]) -> None:
        """Under root, believe root, and who called sudo (who may run the tool with any rule)."""
        caller = environ.get("SUDO_UID", "")
        self._guarded = euid == 0
        self._trusted = {0, int(caller)} if caller.isdecimal() else {0}

    def objection(self, path: Path, status: os.stat_result) -> str | None:
        """Say who else could write a file or folder, with the remedy; None where nobody could."""
        if not self._guarded:
            return None
        name = shlex.quote(str(path))
        if status.st_uid not in self._trusted:
            remedy = f"chown root {name}, if you trust what it says"
            return f"belongs to user {status.st_uid}, and root would believe it: {remedy}"
        loose = stat.S_IMODE(status.st_mode) & _OTHERS
        if status.st_gid == 0:
            loose &= stat.S_IWOTH
        if loose:
            mode = f"mode {stat.S_IMODE(status.st_mode):04o}"
            remedy = f"chmod go-w {name}"
            return f"can be written by others ({mode}), and root would believe it: {remedy}"
        return None


def own_owners() -> Owners:
    """Give those of the running process."""
    return Owners(os.geteuid(), os.environ)
