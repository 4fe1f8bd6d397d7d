"""The files that `run` writes at its end, each of them also when nothing could be observed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import msgspec

from detector.errors import UsageError
from detector.exits import Exit
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

    def write(
        self, report: RunReport, text: str, lost: Sequence[str] = ()
    ) -> tuple[int, list[str]]:
        """Write each file, `text` where the summary is text, after what is `lost` already.

        Give the exit status and what failed, a line each. Where something that was asked for is
        missing the run is not clean, and what could be written says so.
        """
        failures = [*lost, *self._write_whole(report, text)]
        told = _after(failures, report)
        if self.summary and self._is_added_to(self.summary):
            failures += filter(None, [append_whole(self.summary, render_markdown(told))])
        ended = _after(failures, report)
        if ended.exit_status != report.exit_status:
            self._write_whole(ended, text)
        return ended.exit_status, failures

    def _write_whole(self, report: RunReport, text: str) -> list[str]:
        """Write the files that hold nothing of others; give what failed."""
        rendered: list[tuple[Path | None, Callable[[], str]]] = [
            (self.status, lambda: render_status(report.observation, report.exit_status)),
            (self.sarif, lambda: render_sarif(report)),
            (self.junit, lambda: render_junit(report)),
        ]
        if self.summary and not self._is_added_to(self.summary):
            markdown = self.summary.suffix in _MARKDOWN
            rendered.append((self.summary, lambda: render_markdown(report) if markdown else text))
        failures = [write_whole(path, render()) for path, render in rendered if path]
        return [failure for failure in failures if failure]

    def _is_added_to(self, path: Path) -> bool:
        return self.step_summary is not None and path == self.step_summary


def _after(failures: Sequence[str], report: RunReport) -> RunReport:
    """Give what is told when these failed."""
    if not failures or report.exit_status != Exit.CLEAN:
        return report
    return msgspec.structs.replace(report, exit_status=int(Exit.DEGRADED))
