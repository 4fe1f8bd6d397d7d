"""What a caller ran: by the kernel's word in the call, by the table of processes, or by /proc."""

from __future__ import annotations

from typing import TYPE_CHECKING

from detector.enrich.learner import read_image
from detector.enrich.processes import Image
from detector.errors import EnrichmentError
from detector.judging.named import executable_of

if TYPE_CHECKING:
    from detector.enrich.bounded import BoundedReader
    from detector.enrich.sighting import Sighting


def running(seen: Sighting, reader: BoundedReader, missing: dict[str, str]) -> Image:
    """Give what ran at the time of the call; `missing` takes what could not be had."""
    told = _told(seen)
    caller = seen.call.caller
    if caller is None or caller.executable is None:
        image = told or _now(seen, reader)
        if image.missing:
            if image.executable is None:
                missing["executable"] = image.missing
            missing["command_line"] = image.missing
        return image
    path = executable_of(caller)
    if told is not None and told.executable == path and told.command_line:
        return told  # read at the execve: longer, and before the process could write over it
    for name in ("executable", "command_line"):
        if name in caller.missing:
            missing[name] = caller.missing[name]
    return Image(since_ns=0, executable=path, command_line=caller.command_line)


def _told(seen: Sighting) -> Image | None:
    """Give what the table of processes knows for certain."""
    return None if seen.life is None else seen.life.image_at(seen.call.began_ns)


def _now(seen: Sighting, reader: BoundedReader) -> Image:
    """Read /proc; what could not be had is said in the image."""
    try:
        return read_image(seen.unchanged(), reader, 0)
    except EnrichmentError as error:
        return Image(since_ns=0, executable=None, command_line=(), missing=str(error))
