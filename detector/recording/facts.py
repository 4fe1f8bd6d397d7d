"""What a recording's header says of the host: the edge of this room."""

from __future__ import annotations

import hashlib
import platform
import re
import socket
import time
from collections.abc import Mapping
from pathlib import Path

from detector import __version__
from detector.judging.beginning import Beginning
from detector.recording.records import Header

_ALLOWED = re.compile(r"^(Cpus|Mems)_allowed_list:\s*(\S+)$", re.MULTILINE)


class HostFacts:
    """Read once, as a run does not change them; the clocks are read for every file."""

    def __init__(self, rules: Mapping[str, str], root: Path = Path("/")) -> None:
        """Read them below `root`; `rules`: the texts of the rules of this run, by id."""
        status = _read(root / "proc/self/status")
        self._allowed: dict[str, str] = dict(_ALLOWED.findall(status))
        self._nodes = _read(root / "sys/devices/system/node/online").strip()
        self._boot_id = _read(root / "proc/sys/kernel/random/boot_id").strip()
        self._rules = {
            rule: hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
            for rule, text in rules.items()
        }

    def header(self, beginning: Beginning, segment: int) -> Header:
        """Make the header of the file of that number."""
        before_ns = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
        wall_ns = time.time_ns()
        after_ns = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
        return Header(
            segment=segment,
            opened_unix_ns=wall_ns,
            offset_now_ns=wall_ns - (before_ns + after_ns) // 2,
            offset_error_ns=(after_ns - before_ns + 1) // 2,
            tool=__version__,
            rules=self._rules,
            host=socket.gethostname(),
            boot_id=self._boot_id,
            machine=platform.machine(),
            nodes=self._nodes,
            cpus_allowed=self._allowed.get("Cpus", ""),
            mems_allowed=self._allowed.get("Mems", ""),
            beginning=beginning,
        )


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8", errors="backslashreplace")
    except OSError:
        return ""
