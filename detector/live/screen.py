"""What `watch` writes to stdout: text for a person, or JSON Lines for a pipe."""

from __future__ import annotations

import sys

import click

from detector.live.status import Status
from detector.live.terminal import may_be_closed
from detector.model.alert import Alert
from detector.model.finding import Finding
from detector.model.observation import Observation
from detector.render.alert_text import render_alert
from detector.render.jsonl import alert_line, finding_line, observation_line
from detector.render.meta import Meta
from detector.render.observation_text import render_observation


class _Stdout:
    """Stdout, as it is when the run begins."""

    def __init__(self) -> None:
        self._terminal = sys.stdout.isatty()

    def write(self, text: str, *, colour: bool | None = None) -> None:
        """Write a line; a terminal that was closed meanwhile stops nothing."""
        with may_be_closed(sys.stdout, terminal=self._terminal):
            click.echo(text, color=colour)


class TextScreen:
    """Alerts as they come, for a person."""

    def __init__(self, meta: Meta, status: Status, *, colour: bool) -> None:
        """Write in colour or without; `status` gives way meanwhile."""
        self._meta = meta
        self._status = status
        self._colour = colour
        self._stdout = _Stdout()

    def alert(self, alert: Alert) -> None:
        """Show one alert."""
        with self._status.aside():
            self._stdout.write(
                render_alert(alert, self._meta, colour=self._colour), colour=self._colour
            )

    def finding(self, finding: Finding) -> None:
        """Leave it to the alert that counts it: a person is not helped by a flood."""

    def end(self, observation: Observation) -> None:
        """Show what was seen, when there is no status any more."""
        self._status.close()
        self._stdout.write(
            render_observation(observation, colour=self._colour), colour=self._colour
        )


class LineScreen:
    """One line for each alert, or for each finding."""

    def __init__(self, meta: Meta, status: Status, *, every: bool) -> None:
        """With `every`, write findings in place of the alerts; `status` gives way meanwhile."""
        self._meta = meta
        self._status = status
        self._every = every
        self._stdout = _Stdout()

    def alert(self, alert: Alert) -> None:
        """Write one alert."""
        if not self._every:
            with self._status.aside():
                self._stdout.write(alert_line(alert, self._meta))

    def finding(self, finding: Finding) -> None:
        """Write one finding."""
        if self._every:
            with self._status.aside():
                self._stdout.write(finding_line(finding, self._meta))

    def end(self, observation: Observation) -> None:
        """Write what was seen, when there is no status any more."""
        self._status.close()
        self._stdout.write(observation_line(observation, self._meta))


class NoScreen:
    """Nothing: a sink has stdout."""

    def alert(self, alert: Alert) -> None:
        """Leave it to the sink."""

    def finding(self, finding: Finding) -> None:
        """Leave it to the sink."""

    def end(self, observation: Observation) -> None:
        """Leave it to the sink."""


Screen = TextScreen | LineScreen | NoScreen
"""What a run shows its results on."""
