"""A small file that appears whole or not at all, or is added to in one piece."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from detector.errors import UsageError


def check_writable(path: Path) -> None:
    """Raise UsageError when `path` could not be written at the end of a run."""
    parent = path.parent
    if path.is_dir() or not os.access(parent, os.W_OK):
        raise UsageError(f"{path}: cannot be written: name a file in a folder you can write to")


def write_whole(path: Path, text: str, *, mode: int = 0o600) -> str | None:
    """Write `text` to `path` by way of a temporary file beside it; give what failed, or None.

    A device or a pipe is written as it stands. `mode`: the file's permission bits.
    """
    try:
        if path.exists() and not path.is_file():
            path.write_text(text, encoding="utf-8")
            return None
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                os.fchmod(handle, mode)
                file.write(text)
            Path(name).replace(path)
        except OSError:
            Path(name).unlink()
            raise
    except OSError as error:
        return f"{path}: {error.strerror}"
    return None


def append_whole(path: Path, text: str) -> str | None:
    """Add `text` to the end of a file that others write too; give what failed, or None."""
    try:
        with path.open("a", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        return f"{path}: {error.strerror}"
    return None
