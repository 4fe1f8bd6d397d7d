"""What is attached in this kernel, whoever attached it: programs, links, kprobes, definitions."""

from __future__ import annotations

import ctypes
import errno
import os
import struct
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from detector.capture.program_info import SYS_BPF

PROG_GET_NEXT_ID = 11
LINK_GET_NEXT_ID = 31
"""include/uapi/linux/bpf.h."""
KPROBES = Path("/sys/kernel/debug/kprobes/list")
DEFINITIONS = Path("/sys/kernel/tracing/kprobe_events")
IDS = {"prog_id": "program", "link_id": "link"}


def attached() -> Counter[str]:
    """Count everything, as `program 7`, `kprobe k do_migrate_pages+0x0` and the like."""
    found = Counter(f"program {number}" for number in _ids(PROG_GET_NEXT_ID))
    found.update(f"link {number}" for number in _ids(LINK_GET_NEXT_ID))
    # address, kind, place, and flags; a definition that nobody uses has its probe there, disabled
    probes = (line.split() for line in _lines(KPROBES) if "[DISABLED]" not in line)
    found.update(f"kprobe {' '.join(probe[1:3])}" for probe in probes)
    found.update(f"definition {line}" for line in _lines(DEFINITIONS))
    return found


def kinds(things: Counter[str]) -> set[str]:
    """Give the first words."""
    return {thing.split()[0] for thing in things}


def held_by(pid: int) -> Counter[str]:
    """Give the programs and links that a process has descriptors of."""
    held: Counter[str] = Counter()
    for descriptor in Path(f"/proc/{pid}/fdinfo").iterdir():
        told = dict(line.split(":", 1) for line in descriptor.read_text().splitlines())
        held.update(f"{IDS[key]} {told[key].strip()}" for key in IDS if key in told)
    return Counter(dict.fromkeys(held, 1))


def _lines(path: Path) -> list[str]:
    return path.read_text().splitlines() if path.exists() else []


def _ids(command: int) -> Iterator[int]:
    """Give the numbers of all objects of a kind."""
    libc = ctypes.CDLL(None, use_errno=True)
    number = 0
    while True:
        # union bpf_attr: start_id, next_id, open_flags
        attributes = ctypes.create_string_buffer(struct.pack("<III", number, 0, 0), 12)
        if libc.syscall(SYS_BPF, command, attributes, len(attributes)) < 0:
            failed = ctypes.get_errno()
            if failed == errno.ENOENT:
                return
            raise OSError(failed, os.strerror(failed))
        number = int.from_bytes(attributes.raw[4:8], "little")
        yield number
