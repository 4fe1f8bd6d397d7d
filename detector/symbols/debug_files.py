"""Debug information that lies apart from its program, by the program's build id.

Debian's -dbgsym packages, and those of other distributions, put it there (GDB manual, "Debugging
Information in Separate Files"). Only this host's own folder is looked in, which root alone writes.
"""

from __future__ import annotations

import io
from pathlib import Path

FOLDER = Path("/usr/lib/debug/.build-id")


def open_debug_file(build_id: bytes, folder: Path = FOLDER) -> io.FileIO | None:
    """Open what is kept for a build id; None: nothing is."""
    name = build_id.hex()
    try:
        return io.FileIO(folder / name[:2] / f"{name[2:]}.debug")
    except OSError:
        return None
