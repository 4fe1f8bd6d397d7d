"""/proc/PID/smaps and maps, mountinfo and stat: names in them are the watched process' choice."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress

from detector.enrich.backing import find, near, vmas
from detector.enrich.cgroups import parse_unified
from detector.enrich.mounts import parse_mountinfo
from detector.enrich.procfs import parse_command_line, parse_stat
from detector.errors import EnrichmentError
from tests.fuzz.target import Target
from tests.unit.enrich.test_backing import DEVICES, SMAPS

_SPAN = (0x1000, 0x3008)


def feed(data: bytes) -> None:
    lines = data.split(b"\n")
    for vma in vmas(lines):
        assert vma.start >= 0
        vma.path.encode()  # no lone surrogate
    find(near(lines, [_SPAN]), _SPAN, DEVICES)
    for mount in parse_mountinfo(data):
        mount.point.encode()
        mount.fstype.encode()
    parse_command_line(data)
    parse_unified(data)
    with suppress(EnrichmentError):
        parse_stat(data).comm.encode()


def seeds() -> Iterable[bytes]:
    yield SMAPS
    yield b"29 1 254:0 / / rw shared:1 - ext4 /dev/vda rw\n30 29 0:5 / /a\\040b rw - proc p rw"
    yield b"7 (a) b) S 1 7 7 0 -1 4194304 9 0 0 0 0 0 0 0 20 0 1 0 12345 1 1"
    yield b"1:name=systemd:/a\n0::/user.slice/x"


TARGET = Target(feed, seeds)
