"""A control group that holds so much memory and no more, in cgroup v1 or v2."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from pathlib import Path

import pytest


class MemoryGroup:
    """A control group that holds so much memory and no more, in cgroup v1 or v2."""

    def __init__(self, most_bytes: int) -> None:
        top, limit, self._usage, swap = memory_controller()
        self.folder = top / f"toctrace-test-{os.getpid()}"
        self.folder.mkdir()
        self._limit = self.folder / limit
        self._limit.write_text(str(most_bytes))
        self._swap = self.folder / swap

    @property
    def processes(self) -> Path:
        """Whoever writes its number there is held."""
        return self.folder / "cgroup.procs"

    def squeeze(self) -> None:
        """Let it hold no more than it holds now."""
        self._limit.write_text((self.folder / self._usage).read_text().strip())

    def starve(self) -> None:
        """Let it hold less than it holds; version 1 stops where it can take nothing more back."""
        if self._swap.exists():
            self._swap.write_text("0")
        for step in (1 << 20, 1 << 12):
            held = int((self.folder / self._usage).read_text())
            with suppress(OSError):  # EBUSY
                while held > step:
                    held -= step
                    self._limit.write_text(str(held))

    def remove(self) -> None:
        """Remove it, once those in it have ended."""
        deadline = time.monotonic() + 30
        while self.processes.read_text():
            assert time.monotonic() < deadline
            time.sleep(0.05)
        self.folder.rmdir()


def own_memory_group() -> Path:
    """Where this process' number is to be written for it to come back to where it is."""
    top, limit, *_ = memory_controller()
    version_1 = limit == "memory.limit_in_bytes"
    for line in Path("/proc/self/cgroup").read_text().splitlines():
        number, controllers, path = line.split(":", 2)
        if "memory" in controllers.split(",") if version_1 else number == "0":
            return top / path.lstrip("/") / "cgroup.procs"
    pytest.fail("this process is in no control group")


def memory_controller() -> tuple[Path, str, str, str]:
    """Give where it is mounted, and its files: the limit, what is used, and how much is swapped."""
    for line in Path("/proc/mounts").read_text().splitlines():
        _, target, kind, options, *_ = line.split()
        if kind == "cgroup" and "memory" in options.split(","):
            return (
                Path(target),
                "memory.limit_in_bytes",
                "memory.usage_in_bytes",
                "memory.swappiness",
            )
        if kind == "cgroup2" and "memory" in (Path(target) / "cgroup.controllers").read_text():
            (Path(target) / "cgroup.subtree_control").write_text("+memory")
            return Path(target), "memory.max", "memory.current", "memory.swap.max"
    pytest.fail("no memory controller is mounted here")
