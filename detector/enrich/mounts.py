"""Mounts as /proc/PID/mountinfo lists them (proc(5); fs/proc_namespace.c: show_mountinfo)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from detector.enrich.procfs import text

_OCTAL = re.compile(rb"\\([0-7]{3})")
_MIN_FIELDS = 6


@dataclass(frozen=True, slots=True)
class Mount:
    """One mount: what is needed of it."""

    device: tuple[int, int]
    """Major and minor of the file system's super block, as maps shows them too."""
    point: str
    fstype: str
    """With its subtype, as `fuse.sshfs`."""


def _unescape(raw: bytes) -> str:
    """Undo the kernel's octal escapes (space, tab, newline, backslash)."""
    return text(_OCTAL.sub(lambda found: bytes([int(found[1], 8) & 0xFF]), raw))


def parse_mountinfo(raw: bytes) -> tuple[Mount, ...]:
    """Parse a mountinfo file; lines that are not understood are left out."""
    mounts = []
    for line in raw.split(b"\n"):
        before, separator, after = line.partition(b" - ")
        fields, rest = before.split(b" "), after.split(b" ")
        if not separator or len(fields) < _MIN_FIELDS:
            continue
        try:
            major, minor = (int(number) for number in fields[2].split(b":"))
        except ValueError:
            continue
        mounts.append(
            Mount(device=(major, minor), point=_unescape(fields[4]), fstype=_unescape(rest[0]))
        )
    return tuple(mounts)
