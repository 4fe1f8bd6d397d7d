"""The options of a recording, shared by `record`, `watch` and `run`, and what they come to."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, TypedDict

import click
import msgspec
import structlog

from detector.errors import RecordingError, UsageError
from detector.model.head import Head, HeadNotice
from detector.recording.bounds import LEAST_BYTES, Bounds
from detector.recording.facts import HostFacts
from detector.recording.folder import CaseFolder
from detector.recording.names import SegmentName
from detector.recording.recorder import CaseRecorder
from detector.recording.signature import Signer

log: structlog.stdlib.BoundLogger = structlog.get_logger()

_SIZE = re.compile(r"([0-9]{1,12})([KMGT]?)(i?B)?", re.IGNORECASE)
_SPAN = re.compile(r"([0-9]{1,9})([smhd]?)")
_SIZE_UNITS = {"": 1, "K": 1 << 10, "M": 1 << 20, "G": 1 << 30, "T": 1 << 40}
_SPAN_UNITS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}


class Recording(msgspec.Struct, frozen=True):
    """Where and how a run is recorded."""

    case: Path
    bounds: Bounds
    key: Path | None


class Kept(TypedDict):
    """The options of `bounds`, as a command gets them."""

    rotate_size: int
    rotate_age: float
    max_disk: int
    sign: Path | None


def size(_: click.Context, __: click.Parameter, value: str) -> int:
    """Read a size in bytes: 64M, 4GiB, 4096. Raises click.BadParameter."""
    found = _SIZE.fullmatch(value)
    if not found or not int(found[1]):
        raise click.BadParameter(f"{value!r} is no size: write it as 64M or 4G")
    return int(found[1]) * _SIZE_UNITS[found[2].upper()]


def span(_: click.Context, __: click.Parameter, value: str) -> float:
    """Read a time in seconds: 90, 10m, 1h, 7d. Raises click.BadParameter."""
    found = _SPAN.fullmatch(value)
    if not found or not int(found[1]):
        raise click.BadParameter(f"{value!r} is no time: write it as 90, 10m, 1h or 7d")
    return float(int(found[1]) * _SPAN_UNITS[found[2]])


_OPTIONS = (
    click.option(
        "--rotate-size",
        default="64M",
        show_default=True,
        callback=size,
        metavar="SIZE",
        help="Begin a new file when one has grown to this.",
    ),
    click.option(
        "--rotate-age",
        default="1h",
        show_default=True,
        callback=span,
        metavar="TIME",
        help="Begin a new file when one is as old as this.",
    ),
    click.option(
        "--max-disk",
        default="4G",
        show_default=True,
        callback=size,
        metavar="SIZE",
        help="Past this the oldest files of this recording are deleted, and counted; those of "
        "other recordings never are.",
    ),
    click.option(
        "--sign",
        type=click.Path(path_type=Path, exists=True, dir_okay=False),
        metavar="KEY",
        help="Sign the recording's head at each rotation and at the end: an SSH key that needs no "
        "passphrase, or the public half of one that an agent holds.",
    ),
)

case = click.option(
    "--record",
    type=click.Path(path_type=Path),
    metavar="CASE",
    help="Keep everything that is seen in this case folder, to be judged again by `replay`.",
)


def bounds(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that say how a recording is kept."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def recording(case: Path | None, kept: Kept) -> Recording | None:
    """Put the options together; None: nothing is recorded."""
    key = kept["sign"]
    if case is None:
        if key is not None:
            raise UsageError("--sign signs a recording: name its case with --record")
        return None
    if kept["max_disk"] < LEAST_BYTES:
        raise UsageError(f"--max-disk: at least {LEAST_BYTES >> 20}M, for the files that it bounds")
    limits = Bounds(
        rotate_bytes=kept["rotate_size"],
        rotate_s=kept["rotate_age"],
        most_bytes=kept["max_disk"],
    )
    return Recording(case, limits, key)


@contextmanager
def recorder(
    wanted: Recording | None,
    rules: Mapping[str, str],
    tell: Callable[[HeadNotice], None],
) -> Iterator[CaseRecorder | None]:
    """Open the case, and give what records into it; None where nothing is recorded.

    `rules`: the texts of the run's rules, by id. `tell` takes word of each head, in the thread
    that writes. Raises UsageError where the case or the key is of no use.
    """
    if wanted is None:
        yield None
        return
    with CaseFolder(wanted.case) as folder:
        signer = Signer(wanted.key) if wanted.key else None
        told = partial(_head, folder, signer, tell)
        made = CaseRecorder(folder, wanted.bounds, HostFacts(rules).header, told)
        with made:
            yield made


def _head(
    folder: CaseFolder,
    signer: Signer | None,
    tell: Callable[[HeadNotice], None],
    *,
    head: Head,
    name: SegmentName,
    last: bool,
) -> None:
    """Let a head out: into the log, to the sinks, and signed beside its file."""
    log.info("recording_head", head=str(head), file=str(name), last=last)
    tell(HeadNotice(head=head, file=str(name), last=last, time_unix_ns=time.time_ns()))
    if signer is None:
        return
    try:
        signer.seal(folder, head, name, last=last)
    except (OSError, RecordingError) as error:
        log.error("recording_unsealed", file=str(name), reason=str(error))
