"""The files that `run` writes at its end, each of them also when nothing could be observed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec

from detector.errors import UsageError
from detector.output.whole_file import append_whole, check_writable, write_whole
from detector.render.junit import render_junit
from detector.render.markdown import render_markdown
from detector.render.run_report import RunReport
from detector.render.sarif import render_sarif
from detector.render.status import render_status

_STDOUT = {"-", "/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"}
_MARKDOWN = {".md", ".markdown"}


class RunFiles(msgspec.Struct, frozen=True, kw_only=True):
    """What was asked for; None: not."""

    status: Path | None = None
    summary: Path | None = None
    sarif: Path | None = None
    junit: Path | None = None
    step_summary: Path | None = None
    """GitHub's file of the step (GITHUB_STEP_SUMMARY): it is written by others too, so added to."""

    def check(self) -> None:
        """Raise UsageError for a file that could not be written, and for the command's stdout."""
        for path in filter(None, (self.status, self.summary, self.sarif, self.junit)):
            if str(path) in _STDOUT:
                raise UsageError(f"{path}: run leaves stdout to the command: name a file instead")
            check_writable(path)

    def write(self, report: RunReport, text: str) -> list[str]:
        """Write each file, `text` where the summary is text; give what failed, a line each."""
        rendered: tuple[tuple[Path | None, Callable[[], str]], ...] = (
            (self.status, lambda: render_status(report.observation, report.exit_status)),
            (self.sarif, lambda: render_sarif(report)),
            (self.junit, lambda: render_junit(report)),
        )
        failures = [write_whole(path, render()) for path, render in rendered if path]
        if self.summary:
            failures.append(self._write_summary(self.summary, report, text))
        return [failure for failure in failures if failure]

    def _write_summary(self, path: Path, report: RunReport, text: str) -> str | None:
        """Write Markdown to a `.md` file and to GitHub's step summary, else text."""
        if self.step_summary is not None and path == self.step_summary:
            return append_whole(path, render_markdown(report))
        return write_whole(path, render_markdown(report) if path.suffix in _MARKDOWN else text)
