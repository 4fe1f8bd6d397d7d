"""What a person is shown at the end of `run`: while the command runs, its streams are its own."""

from __future__ import annotations

from detector.live.gathered import Gathering
from detector.model.alert import Alert
from detector.model.finding import Finding
from detector.model.observation import Observation
from detector.render.alert_text import render_alert
from detector.render.meta import Meta
from detector.render.observation_text import render_observation

SHOWN = 100
"""Alerts that the text summary shows; every one is in --output and in the counts."""


class Shown:
    """The first alerts, and how many there were; every finding goes to the files' gathering."""

    def __init__(self, gathering: Gathering) -> None:
        """Begin with none."""
        self._gathering = gathering
        self._first: list[Alert] = []
        self._count = 0

    def alert(self, alert: Alert) -> None:
        """Keep as many as are shown; count all."""
        self._count += 1
        if len(self._first) < SHOWN:
            self._first.append(alert)

    def finding(self, finding: Finding) -> None:
        """Leave it to the alert that counts it, and to the files."""
        self._gathering.add(finding)

    def end(self, observation: Observation) -> None:
        """Leave it to the summary."""

    def text(self, observation: Observation, meta: Meta, *, colour: bool) -> str:
        """Write the alerts, then the observation, for a person."""
        parts = [render_alert(alert, meta, colour=colour) for alert in self._first]
        if self._count > SHOWN:
            more = self._count - SHOWN
            parts.append(f"... and {more} more alerts: --output FILE keeps each one")
        parts.append(render_observation(observation, colour=colour))
        return "\n".join(part.rstrip("\n") + "\n" for part in parts)
