"""systemd on this host, asked through systemctl(1)."""

from __future__ import annotations

import subprocess
from pathlib import Path

from detector.errors import ServiceError, UsageError

RUNNING = Path("/run/systemd/system")
"""There where systemd is the init system: sd_booted(3)."""

NOT_RUNNING = "systemd is not running on this host"

_SHOWN = ("ActiveState", "SubState", "UnitFileState", "MainPID", "NRestarts", "StatusText")


def is_running(folder: Path = RUNNING) -> bool:
    """Whether systemd is the init system here."""
    return folder.is_dir()


def check_running(folder: Path = RUNNING) -> None:
    """Raise UsageError where there is no systemd to do anything."""
    if not is_running(folder):
        raise UsageError(
            f"{NOT_RUNNING} ({folder} is missing): start `toctrace watch` by what manages "
            "services here; it stays in the foreground, and ends on SIGTERM"
        )


def systemctl(*arguments: str) -> str:
    """Run systemctl, and give what it wrote. Raises ServiceError with its own words."""
    try:
        done = subprocess.run(
            ["systemctl", "--no-pager", *arguments], capture_output=True, text=True, check=False
        )
    except OSError as error:
        raise ServiceError(f"systemctl cannot be run: {error.strerror}") from None
    if done.returncode:
        words = " ".join(done.stderr.split()) or f"status {done.returncode}"
        raise ServiceError(f"systemctl {' '.join(arguments)}: {words}")
    return done.stdout


def state(unit: str) -> dict[str, str]:
    """Give what systemd knows of a unit, by its own property names."""
    text = systemctl("show", f"--property={','.join(_SHOWN)}", unit)
    return dict(line.split("=", 1) for line in text.splitlines() if "=" in line)
