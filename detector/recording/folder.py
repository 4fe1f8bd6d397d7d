"""A case folder that is written to: the owner's alone, and no link is followed in it."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from detector.errors import UsageError
from detector.safe_open import open_folder

_FOLDER_MODE, _FILE_MODE = 0o700, 0o600
_OPEN_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
_NEW_FILE = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


class CaseFolder:
    """Files are made in it by name, below its own descriptor: it cannot be swapped meanwhile."""

    def __init__(self, path: Path) -> None:
        """Open `path`, made where it is not there. Raises UsageError where it is not safe."""
        self.path = path
        try:
            self._fd = _opened(path)
        except OSError as error:
            raise UsageError(
                f"{path}: no case can be kept here: {error.strerror}; "
                "name a folder that is there, or a new one in a folder that is"
            ) from None
        status = os.fstat(self._fd)
        if status.st_uid != os.geteuid() or status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
            os.close(self._fd)
            raise UsageError(
                f"{path}: no case can be kept here: others may write to it; name another folder, "
                f"or make it yours alone: chown $(id -u) {path} && chmod 700 {path}"
            )

    def create(self, name: str) -> int:
        """Make a new file, to be appended to; give its descriptor. Raises OSError."""
        return os.open(name, _NEW_FILE, _FILE_MODE, dir_fd=self._fd)

    def write(self, name: str, data: bytes) -> None:
        """Make a new file that holds `data`. Raises OSError."""
        with os.fdopen(self.create(name), "wb") as file:
            file.write(data)

    def remove(self, name: str) -> None:
        """Delete a file, if it is there. Raises OSError."""
        try:
            os.unlink(name, dir_fd=self._fd)
        except FileNotFoundError:
            return

    def sync(self) -> None:
        """Let the names of the files in it outlive the machine. Raises OSError."""
        os.fsync(self._fd)

    def close(self) -> None:
        """Close its descriptor."""
        os.close(self._fd)

    def __enter__(self) -> Self:
        """Guard the descriptor."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close its descriptor."""
        self.close()


def _opened(path: Path) -> int:
    """Open a folder, made where it is not there; by no link, and past none that was planted."""
    parent, name = open_folder(path.parent), path.name or "."
    try:
        with suppress(FileExistsError):
            os.mkdir(name, _FOLDER_MODE, dir_fd=parent)
        return os.open(name, _OPEN_FOLDER, dir_fd=parent)
    finally:
        os.close(parent)
