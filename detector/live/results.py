"""What a run hands out while it goes on, to the screen and to the file."""

from __future__ import annotations

import platform
import secrets
import socket
from pathlib import Path
from typing import Protocol

import structlog

from detector import __version__
from detector.live.alerting import Alerting
from detector.model.alert import Alert
from detector.model.finding import Finding
from detector.model.observation import Observation
from detector.output.lines import LineFile
from detector.render.jsonl import alert_line, finding_line, observation_line
from detector.render.meta import Meta

log: structlog.stdlib.BoundLogger = structlog.get_logger()


def new_run_id() -> str:
    """Make an id for this run: 16 hexadecimal digits."""
    return secrets.token_hex(8)


def meta_of(run: str) -> Meta:
    """Read what renderers must be told of this host and run."""
    boot_id = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
    return Meta(
        run=run,
        host=socket.gethostname(),
        boot_id=boot_id,
        kernel=platform.release(),
        version=__version__,
    )


class Shows(Protocol):
    """What a person, or a pipe, sees of the results."""

    def alert(self, alert: Alert) -> None:
        """Take one alert."""

    def finding(self, finding: Finding) -> None:
        """Take one finding."""

    def end(self, observation: Observation) -> None:
        """Take the observation."""


class Results:
    """Alerts in order, then the observation."""

    def __init__(
        self,
        meta: Meta,
        lines: LineFile | None,
        screen: Shows,
        alerting: Alerting,
        *,
        every: bool = False,
    ) -> None:
        """Hand everything to the sinks, to `screen`, and to `lines`, if a file was asked for.

        With `every`, the file has each finding in place of the alerts that count them.
        """
        self._meta = meta
        self._lines = lines
        self._screen = screen
        self.alerting = alerting
        self._every = every

    def finding(self, finding: Finding) -> None:
        """Hand out one finding."""
        self._screen.finding(finding)
        if self._every:
            self._write(finding_line(finding, self._meta))

    def alert(self, alert: Alert) -> None:
        """Hand out one alert."""
        self.alerting.alert(alert)
        self._screen.alert(alert)
        if not self._every:
            self._write(alert_line(alert, self._meta))

    def end(self, observation: Observation) -> None:
        """Hand out the observation."""
        self._write(observation_line(observation, self._meta))
        self._screen.end(observation)

    @property
    def unwritten(self) -> int:
        """Lines that found no room in the file, the observation included that is to come."""
        if self._lines is None:
            return 0
        return self._lines.unwritten + (not self._lines.still_there())

    def reopen(self) -> None:
        """Open the file anew, as log rotation wants it; say how that went."""
        if self._lines is None:
            return
        failure = self._lines.reopen()
        if failure is None:
            log.info("output_reopened", path=str(self._lines.path))
            return
        log.error(
            "output_not_reopened",
            path=str(self._lines.path),
            reason=failure,
            remedy="the file that was open before is written on; put it right, and hang up again",
        )

    def _write(self, line: str) -> None:
        if self._lines is None or self._lines.write(line):
            return
        if self._lines.unwritten == 1:
            log.error(
                "output_failed",
                path=str(self._lines.path),
                reason=self._lines.failure,
                remedy="what is in the file is whole; free some room and run again",
            )
