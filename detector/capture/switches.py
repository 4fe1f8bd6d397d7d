"""What the kernel says of probes that anybody with the rights can switch off behind their owners.

The files are opened once and read again and again: they are then read without any capability,
and wherever they are mounted by then.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import msgspec

ENABLED = Path("/sys/kernel/debug/kprobes/enabled")
LISTED = Path("/sys/kernel/debug/kprobes/list")
FTRACE = Path("/proc/sys/kernel/ftrace_enabled")

KPROBES_OFF = "all kprobes were switched off (/sys/kernel/debug/kprobes/enabled)"
FTRACE_OFF = "function tracing was switched off (kernel.ftrace_enabled)"
UNLISTED = "the kernel does not list the probe any more (/sys/kernel/debug/kprobes/list)"
DISABLED = "the kernel lists the probe as disabled or gone (/sys/kernel/debug/kprobes/list)"

_CHUNK = 1 << 16
_LINE = re.compile(r"\S+ +([kr]) +(\S+?)\+0x[0-9a-f]+ *(.*)")
"""kernel/kprobes.c: report_probe. Functions begin with an ENDBR where there is IBT: the offset may
be 4."""
_KINDS = {"k": "kprobe", "r": "kretprobe"}
_TRAMPOLINES = {"fentry", "fexit", "lsm"}


class Switches(msgspec.Struct, frozen=True):
    """What the kernel says at one moment; None: it does not say."""

    kprobes: bool | None = None
    ftrace: bool | None = None
    listed: dict[str, tuple[str, ...]] | None = None
    """By `kprobe:FUNCTION` or `kretprobe:FUNCTION`: the flags of each probe there."""


def why_off(via: str, switches: Switches) -> str:
    """Say why a probe does not run; nothing where nothing says so."""
    kind = via.partition(":")[0]
    if kind in _TRAMPOLINES:  # the kernel patches them in as ftrace's
        return FTRACE_OFF if switches.ftrace is False else ""
    if kind not in _KINDS.values():
        return ""
    if switches.kprobes is False:
        return KPROBES_OFF
    return _why_unlisted(via, switches)


def _why_unlisted(via: str, switches: Switches) -> str:
    """Say what the list of kprobes has against one of them."""
    if switches.listed is None:
        return ""
    there = switches.listed.get(via)
    if there is None:
        return UNLISTED
    if all("[DISABLED]" in flags or "[GONE]" in flags for flags in there):
        return DISABLED
    by_ftrace = all("[FTRACE]" in flags for flags in there)
    return FTRACE_OFF if by_ftrace and switches.ftrace is False else ""


def parse_list(text: str) -> dict[str, tuple[str, ...]]:
    """Read the kernel's list of kprobes."""
    listed: dict[str, tuple[str, ...]] = {}
    for line in text.splitlines():
        if found := _LINE.match(line):
            via = f"{_KINDS[found[1]]}:{found[2]}"
            listed[via] = (*listed.get(via, ()), found[3])
    return listed


class SwitchFiles:
    """The files that tell, open until `close`."""

    def __init__(
        self, enabled: Path = ENABLED, ftrace: Path = FTRACE, listed: Path = LISTED
    ) -> None:
        """Open those that are there and may be read."""
        self._enabled = _opened(enabled)
        self._ftrace = _opened(ftrace)
        self._listed = _opened(listed)

    def read(self) -> Switches:
        """Ask the kernel."""
        enabled, ftrace, listed = map(_text, (self._enabled, self._ftrace, self._listed))
        return Switches(
            kprobes=None if enabled is None else enabled.strip() != "0",
            ftrace=None if ftrace is None else ftrace.strip() != "0",
            listed=None if listed is None else parse_list(listed),
        )

    def close(self) -> None:
        """Close them."""
        for descriptor in (self._enabled, self._ftrace, self._listed):
            if descriptor is not None:
                os.close(descriptor)
        self._enabled = self._ftrace = self._listed = None


def _opened(path: Path) -> int | None:
    try:
        return os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None


def _text(descriptor: int | None) -> str | None:
    """Give all of a file; None where it cannot be read."""
    if descriptor is None:
        return None
    parts: list[bytes] = []
    try:
        # sequential, as seq_file starts over where an offset is not the one it stands at
        os.lseek(descriptor, 0, os.SEEK_SET)
        while part := os.read(descriptor, _CHUNK):
            parts.append(part)
    except OSError:
        return None
    return b"".join(parts).decode("utf-8", "replace")
