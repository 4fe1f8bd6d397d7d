"""Where in a repository a finding is shown: repository-relative, as GitHub refuses others."""

from __future__ import annotations

import posixpath
from pathlib import PurePosixPath
from urllib.parse import quote

import msgspec

from detector.judging.named import name_of
from detector.model.finding import Finding
from detector.render.safe import without_surrogates


class Location(msgspec.Struct, frozen=True):
    """A place in the repository."""

    path: str
    """Relative to the repository's root, without `..`; may be hostile text."""
    line: int = 1

    @property
    def uri(self) -> str:
        """The path as a relative URI reference (RFC 3986, section 4.2), in ASCII."""
        quoted = quote(without_surrogates(self.path))
        # a colon in the first segment would make it a scheme
        return f"./{quoted}" if ":" in quoted.partition("/")[0] else quoted


def location_of(finding: Finding, root: str, given: Location | None) -> Location:
    """Give the source line of the call, else the location asked for, else the executable."""
    return source_in(finding, root) or given or Location(program_of(finding, root))


def source_in(finding: Finding, root: str) -> Location | None:
    """Give the innermost source line of the call's stack that is below `root`, if one is known."""
    for frame in finding.process.stack:
        if frame.line and frame.file.startswith("/"):
            whole = PurePosixPath(posixpath.normpath(frame.file))
            if whole.is_relative_to(root) and str(whole) != root:
                return Location(str(whole.relative_to(root)), frame.line)
    return None


def program_of(finding: Finding, root: str) -> str:
    """Name the caller's program: its path below `root`, else its path without the first slash.

    Where the executable is not known, the task's name stands for it.
    """
    executable = finding.process.executable
    if not executable:
        return relative(finding.call.task.comm, root) or "unknown"
    return relative(name_of(executable), root) or "unknown"


def relative(path: str, root: str) -> str:
    """Make a path relative to `root` where it is below; elsewhere it only loses its slash."""
    whole = PurePosixPath(posixpath.normpath(posixpath.join("/", path)))
    if path.startswith("/") and whole.is_relative_to(root):
        return _dotless(str(whole.relative_to(root)))
    return _dotless(str(whole))


def _dotless(path: str) -> str:
    return "" if path == "." else path.lstrip("/")
