"""Rule files read from the disk: the edge of this room.

What is checked is what is read: a file is asked who owns it by the descriptor it is read from.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

import msgspec

from detector.rules.ownership import Owners
from detector.rules.places import Place

SUFFIX = ".yaml"
LARGEST = 64 * 1024
"""Bytes of a rule file; the shipped ones have 2 KiB."""


class RuleText(msgspec.Struct, frozen=True, kw_only=True):
    """One file, read."""

    path: Path
    text: str


class Trouble(msgspec.Struct, frozen=True, kw_only=True):
    """A place that could not be read; line and column count from 1, 0: none."""

    path: Path
    text: str
    line: int = 0
    column: int = 0


def read_place(place: Place, owners: Owners) -> list[RuleText | Trouble]:
    """Read a file, or each rule file of a folder in the order of their names."""
    try:
        fd = os.open(place.path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except FileNotFoundError as error:
        if place.optional:
            return []
        return [_refused(place.path, error, "name a rule file or a folder of them")]
    except OSError as error:
        return [_refused(place.path, error, "make it readable, or take it away")]
    try:
        status = os.fstat(fd)
        objection = None if place.shipped else owners.objection(place.path, status)
        if objection:
            return [Trouble(path=place.path, text=objection)]
        if stat.S_ISDIR(status.st_mode):
            return _read_folder(place, fd, owners)
        return [_misnamed(place.path) or _read(place.path, fd)]
    finally:
        os.close(fd)


def _read_folder(place: Place, folder: int, owners: Owners) -> list[RuleText | Trouble]:
    read: list[RuleText | Trouble] = []
    for name in sorted(os.listdir(folder), key=lambda name: Path(name).stem):
        path = place.path / name
        if path.suffix.lower() in {".yml", SUFFIX}:
            read.append(_misnamed(path) or _read_entry(place, path, folder, owners))
    if not read and not place.optional:
        remedy = f"no rule here: put {SUFFIX} files into it, or name another"
        read.append(Trouble(path=place.path, text=remedy))
    return read


def _read_entry(place: Place, path: Path, folder: int, owners: Owners) -> RuleText | Trouble:
    try:
        flags = os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK
        fd = os.open(path.name, flags, dir_fd=folder)
    except OSError as error:
        return _refused(path, error, "make it readable, or take it away")
    try:
        objection = None if place.shipped else owners.objection(path, os.fstat(fd))
        return Trouble(path=path, text=objection) if objection else _read(path, fd)
    finally:
        os.close(fd)


def _misnamed(path: Path) -> Trouble | None:
    if path.suffix == SUFFIX:
        return None
    remedy = f"rename it to {path.stem}{SUFFIX}: only {SUFFIX} files are read"
    return Trouble(path=path, text=remedy)


def _read(path: Path, fd: int) -> RuleText | Trouble:
    if not stat.S_ISREG(os.fstat(fd).st_mode):
        return Trouble(path=path, text="is no regular file: put the rule's text in its place")
    try:
        with os.fdopen(fd, "rb", closefd=False) as stream:
            data = stream.read(LARGEST + 1)
    except OSError as error:
        return _refused(path, error, "make it readable, or take it away")
    if len(data) > LARGEST:
        return Trouble(path=path, text=f"larger than {LARGEST} bytes: this is no rule")
    try:
        return RuleText(path=path, text=data.decode())
    except UnicodeDecodeError as error:
        return Trouble(
            path=path,
            line=data[: error.start].count(b"\n") + 1,
            column=error.start - data.rfind(b"\n", 0, error.start),
            text="not UTF-8: save the file in that encoding",
        )


def _refused(path: Path, error: OSError, remedy: str) -> Trouble:
    return Trouble(path=path, text=f"{error.strerror}: {remedy}")
