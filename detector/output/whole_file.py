"""A small file that appears whole or not at all, or is added to in one piece."""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from detector.errors import UsageError
from detector.safe_open import check_file, open_to_write, place_of

_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


def check_writable(path: Path) -> None:
    """Raise UsageError when `path` could not be written at the end of a run."""
    try:
        if path.is_dir() or not os.access(path.parent, os.W_OK):
            raise UsageError(f"{path}: cannot be written: name a file in a folder you can write to")
        with place_of(path) as (folder, name):
            check_file(folder, name)
    except OSError as error:
        raise UsageError(f"{path}: cannot be written: {error.strerror}") from None


def write_whole(path: Path, text: str, *, mode: int = 0o600) -> str | None:
    """Write `text` to `path` by way of a temporary file beside it; give what failed, or None.

    A device or a pipe is written as it stands. `mode`: the file's permission bits. What another
    user may have planted there is refused (`detector.safe_open`).
    """
    data = text.encode("utf-8")
    return fill_whole(path, lambda file: file.write(data), mode=mode)


def fill_whole(path: Path, fill: Callable[[BinaryIO], object], *, mode: int = 0o600) -> str | None:
    """Do the same with what `fill` writes, which may be more than memory holds."""
    try:
        with place_of(path) as (folder, name):
            check_file(folder, name)
            if _is_special(folder, name):
                _fill(open_to_write(path, os.O_WRONLY), fill)
            else:
                _replace(folder, name, fill, mode)
    except OSError as error:
        return f"{path}: {error.strerror}"
    return None


def append_whole(path: Path, text: str) -> str | None:
    """Add `text` to the end of a file that others write too; give what failed, or None."""
    data = text.encode("utf-8")
    try:
        file = open_to_write(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        _fill(file, lambda opened: opened.write(data))
    except OSError as error:
        return f"{path}: {error.strerror}"
    return None


def _is_special(folder: int, name: str) -> bool:
    """Whether what is there is no regular file, and not nothing."""
    try:
        return not stat.S_ISREG(os.stat(name, dir_fd=folder).st_mode)
    except FileNotFoundError:
        return False


def _replace(folder: int, name: str, fill: Callable[[BinaryIO], object], mode: int) -> None:
    """Write a new file, and let it take the name."""
    new = f".toctrace-{secrets.token_hex(8)}"
    file = os.open(new, _NEW, mode, dir_fd=folder)
    try:
        os.fchmod(file, mode)
        _fill(file, fill)
        os.replace(new, name, src_dir_fd=folder, dst_dir_fd=folder)
    except BaseException:  # ^C, or an error of who renders: nothing half written stays
        os.unlink(new, dir_fd=folder)
        raise


def _fill(file: int, fill: Callable[[BinaryIO], object]) -> None:
    """Write everything and close."""
    with os.fdopen(file, "wb") as opened:
        fill(opened)
