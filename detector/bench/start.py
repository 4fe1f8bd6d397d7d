"""How long it takes until calls are watched, and how much memory that takes.

The tool's own share is held against what nobody can do without: bcc compiling the same programs,
and the kernel taking them.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
from contextlib import closing, suppress
from pathlib import Path

import msgspec

from detector.capture.backends import Backend
from detector.capture.capture import Capture
from detector.errors import ObservationError
from detector.service.notify import READY

READY_S = 600.0
"""Within this it must be armed; an emulated compiler takes half a minute."""


class Start(msgspec.Struct, frozen=True, kw_only=True):
    """Seconds until calls are watched."""

    loading: float
    """bcc's own part: compiling, loading and attaching, in a process that has bcc imported."""
    armed: float
    """All of `toctrace watch`: from its execution until every stage has been proven by a call of
    its own, and it says that it is ready."""


def measure_start(backend: Backend) -> tuple[Start, int]:
    """Give the times, and the bytes of memory that are resident once it is armed.

    Raises ObservationError where `backend` does not attach.
    """
    loading = _loading(backend)
    armed, resident = _watching(backend)
    return Start(loading=loading, armed=armed), resident


def resident_bytes(status: Path) -> int:
    """Give what of a process is in memory (VmRSS of its /proc/PID/status)."""
    for line in status.read_text(encoding="utf-8").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    return 0


def _loading(backend: Backend) -> float:
    capture = Capture(backend=backend)
    defines = capture.defines()
    began = time.perf_counter()
    capture.compile(defines)
    with closing(capture):
        capture.attach()
        return time.perf_counter() - began


def _watching(backend: Backend) -> tuple[float, int]:
    """Run the command as systemd would, which is told when it is ready."""
    with (
        tempfile.TemporaryDirectory(prefix="toctrace-bench-") as folder,
        tempfile.TemporaryFile() as complaints,
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as told,
    ):
        place = Path(folder)
        (config := place / "config.toml").touch(mode=0o600)  # nobody's sinks
        told.bind(str(place / "notify"))
        command = [sys.executable, "-m", "detector", "watch"]
        options = ["--config", str(config), "--backend", backend.name]
        began = time.perf_counter()
        process = subprocess.Popen(
            [*command, *options],
            env=os.environ | {"NOTIFY_SOCKET": str(place / "notify")},
            stdout=subprocess.DEVNULL,
            stderr=complaints,
        )
        try:
            _await_ready(told, process)
            armed = time.perf_counter() - began
            return armed, resident_bytes(Path(f"/proc/{process.pid}/status"))
        except ObservationError as error:
            complaints.seek(0)
            last = complaints.read().decode(errors="replace").splitlines()[-1:]
            raise ObservationError("; ".join([str(error), *last])) from None
        finally:
            process.terminate()
            process.wait()


def _await_ready(told: socket.socket, process: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + READY_S
    told.settimeout(1)
    while time.monotonic() < until and process.poll() is None:
        with suppress(TimeoutError):
            if told.recv(4096).startswith(READY.encode()):
                return
    raise ObservationError(f"`toctrace watch` was not ready within {READY_S:.0f} s")
