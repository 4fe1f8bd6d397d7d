"""A case: which recordings are in it, and which files each of them has."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import msgspec

from detector.errors import UsageError
from detector.recording.names import SUFFIX, SegmentName, parse_name


class RecordingPath(msgspec.Struct, frozen=True):
    """Where one recording is."""

    folder: Path
    run: str
    segments: tuple[SegmentName, ...]
    """Its files that are there, first to last."""

    @property
    def paths(self) -> tuple[Path, ...]:
        """The files."""
        return tuple(self.folder / str(name) for name in self.segments)


def find_recordings(paths: Iterable[Path]) -> tuple[RecordingPath, ...]:
    """Give every recording in these cases; a file stands for the recording it belongs to.

    Raises UsageError for a path that is not there, or holds no recording.
    """
    found: dict[tuple[Path, str], RecordingPath] = {}
    for path in paths:
        folder, run = _folder_and_run(path)
        recordings = [one for one in _in_folder(folder) if run in {None, one.run}]
        if not recordings:
            raise UsageError(f"{path}: no recording is in it: its files end in {SUFFIX}")
        found |= {(one.folder.resolve(), one.run): one for one in recordings}
    return tuple(found.values())


def _folder_and_run(path: Path) -> tuple[Path, str | None]:
    """Give a path's folder, and its recording's name where it is a file of one."""
    try:
        if path.is_dir():
            return path, None
        name = parse_name(path.name)
        if name is not None and path.exists():
            return path.parent, name.run
    except OSError as error:  # too long, or behind a folder that may not be searched
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from None
    raise UsageError(f"{path}: there is no such case or recording")


def _in_folder(folder: Path) -> list[RecordingPath]:
    try:
        names = sorted(filter(None, (parse_name(entry.name) for entry in folder.iterdir())))
    except OSError as error:
        raise UsageError(f"{folder}: cannot be read: {error.strerror}") from None
    runs = dict.fromkeys(name.run for name in names)
    return [
        RecordingPath(folder, run, tuple(name for name in names if name.run == run)) for run in runs
    ]
