"""Putting the unit in its place, and taking it away."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from detector.errors import ServiceError, UsageError
from detector.output.whole_file import write_whole
from detector.service.manager import check_running, systemctl
from detector.service.unit import MARK

NAME = "toctrace.service"
FOLDER = Path("/etc/systemd/system")
"""Where units of the administrator's live: systemd.unit(5)."""
READABLE = 0o644


def check_root() -> None:
    """Raise UsageError for anybody else than root."""
    if os.geteuid() != 0:
        raise UsageError("only root can change the host's services: try again with sudo")


def is_ours(path: Path) -> bool:
    """Whether there is a unit that was written by us. Raises UsageError for another's."""
    if path.is_symlink():
        raise UsageError(
            f"{path} is a link to {path.readlink()}, not a unit that toctrace wrote: remove it "
            "(`systemctl unmask toctrace` where it is masked)"
        )
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return False
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}") from None
    if not text.startswith(MARK):
        raise UsageError(f"{path} was not written by toctrace: move it away first")
    return True


def install(text: str, folder: Path = FOLDER) -> Iterator[str]:
    """Write the unit, whole or not at all, and let systemd read it; say each thing done."""
    check_root()
    check_running()
    path = folder / NAME
    replaced = is_ours(path)
    failure = write_whole(path, text, mode=READABLE)
    if failure:
        raise ServiceError(f"the unit was not written: {failure}")
    yield f"{'replaced' if replaced else 'wrote'} {path}"
    systemctl("daemon-reload")
    yield "systemd has read it (daemon-reload)"


def remove(folder: Path = FOLDER) -> Iterator[str]:
    """Stop the service, disable it, and remove the unit; say each thing done."""
    check_root()
    check_running()
    path = folder / NAME
    if not is_ours(path):
        raise UsageError(f"{path} is not there: the service is not installed")
    systemctl("disable", "--now", NAME)
    yield f"stopped and disabled {NAME}"
    try:
        path.unlink()
    except OSError as error:
        raise ServiceError(f"{path}: {error.strerror}") from None
    yield f"removed {path}"
    systemctl("daemon-reload")
    yield "systemd has forgotten it (daemon-reload)"
