"""The files that a hunt's paths stand for: of this machine."""

from __future__ import annotations

import glob
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from detector.errors import UsageError
from detector.recording.names import SUFFIX


def find_files(paths: Iterable[str], refused: Callable[[OSError], None]) -> list[Path]:
    """Give every file of a recording: in folders, to their bottom; by name; by glob. Sorted.

    `refused` is told of every folder that cannot be read. Links to folders are not followed.
    Raises UsageError for a path that stands for no recording.
    """
    found: set[Path] = set()
    for path in paths:
        files = {file for one in _expanded(path) for file in _below(one, refused)}
        if not files:
            raise UsageError(f"{path}: no recording is there: its files end in {SUFFIX}")
        found |= files
    return sorted(found)


def _expanded(path: str) -> list[Path]:
    """Give what is called like this; else, what the pattern stands for."""
    absolute = Path(os.path.abspath(path))  # noqa: PTH100  (a link stays one)
    if absolute.exists():
        return [absolute]
    return [Path(name) for name in glob.glob(str(absolute), recursive=True)]  # noqa: PTH207


def _below(path: Path, refused: Callable[[OSError], None]) -> Iterator[Path]:
    if not path.is_dir():
        yield from [path] if path.suffix == SUFFIX else []
        return
    for folder, _, names in os.walk(path, onerror=refused):
        yield from (Path(folder, name) for name in names if name.endswith(SUFFIX))
