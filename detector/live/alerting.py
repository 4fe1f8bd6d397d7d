"""Alerts go to every sink; heartbeats go between them; all of it is counted."""

from __future__ import annotations

import os
import secrets
import time
from datetime import datetime

import msgspec

from detector.config.settings import Settings
from detector.live.session import Session
from detector.live.verdict import Allowed, judged_by
from detector.metrics.server import MetricsServer, Reading
from detector.model.alert import Alert
from detector.model.head import HeadNotice
from detector.model.heartbeat import Heartbeat
from detector.model.observation import Observation, SinkState
from detector.render.meta import Meta
from detector.render.originator import Originator
from detector.sinks.outlet import Outlet, SpoolSettings, default_folder

FLUSH_S = 2.0
"""How long the end waits before the observation for what is on its way."""
MEASURE_S = 1.0
"""How old metrics may be."""
DROPPED = "messages that a sink dropped"
"""The cause under which the observation counts them as lost."""


class Alerting:
    """The way from alerts to sinks, of one run. Without sinks it does nothing."""

    def __init__(self, settings: Settings, meta: Meta) -> None:
        """Check and prepare every sink. Raises UsageError for what cannot be used.

        No thread is started yet: capabilities are given up in one thread.
        """
        self._meta = meta
        self._heartbeat_s = settings.heartbeat_s if settings.sinks else 0.0
        self._outlet = opened_outlet(settings, meta)
        self._address = settings.metrics
        self._metrics: MetricsServer | None = None
        self._measured_s = 0.0
        self._started = False
        self._due_s = 0.0

    def start(self) -> None:
        """Start the sinks' threads and serve metrics; the first heartbeat is due at once.

        Raises UsageError where metrics cannot be served.
        """
        if self._address is not None:
            self._metrics = MetricsServer(self._address)
        self._outlet.start()
        self._started = True
        self._due_s = time.monotonic()

    def alert(self, alert: Alert) -> None:
        """Send one alert; never waits."""
        self._outlet.send(alert)

    def head(self, notice: HeadNotice) -> None:
        """Send word of a recording's head, from whichever thread; never waits."""
        self._outlet.send(notice)

    def beat(self, session: Session) -> None:
        """Send a heartbeat where one is due, and publish metrics; never waits."""
        now_s = time.monotonic()
        if self._metrics is not None and now_s >= self._measured_s:
            self._measured_s = now_s + MEASURE_S
            self._metrics.publish(_reading(session, self.states()))
        if not self._heartbeat_s or now_s < self._due_s:
            return
        self._due_s = now_s + self._heartbeat_s
        self._outlet.send(_heartbeat(session, self._meta.run, self.states()))

    def states(self) -> tuple[SinkState, ...]:
        """Say how each sink is."""
        return self._outlet.states()

    def conclude(self, observation: Observation, allowed: Allowed) -> Observation:
        """Give the observation with the sinks' states, send it to them, and end.

        What a sink dropped is a loss of this run. What it did not take yet is in its spool.
        """
        if not self._started:
            return observation
        self._outlet.flush(FLUSH_S)
        states = self.states()
        dropped = sum(state.dropped for state in states)
        lost = {**observation.lost, **({DROPPED: dropped} if dropped else {})}
        told = judged_by(msgspec.structs.replace(observation, sinks=states, lost=lost), allowed)
        self._outlet.send(told)
        self._outlet.close()
        return told

    def close(self) -> None:
        """End, however the run ended."""
        if self._metrics is not None:
            self._metrics.close()
            self._metrics = None
        self._outlet.close()


def opened_outlet(settings: Settings, meta: Meta) -> Outlet:
    """Make the outlet that the settings ask for, not yet started. Raises UsageError."""
    sender = Originator(
        pid=os.getpid(),
        facility=settings.facility,
        enterprise=settings.enterprise,
        zone=datetime.now().astimezone().tzinfo or Originator(pid=0).zone,
    )
    spool = SpoolSettings(folder=settings.spool or default_folder(), bytes=settings.spool_bytes)
    return Outlet(settings.sinks, meta, sender, spool)


def _heartbeat(session: Session, run: str, sinks: tuple[SinkState, ...]) -> Heartbeat:
    tally = session.tally
    return Heartbeat(
        id=secrets.token_hex(16),
        run=run,
        time_unix_ns=time.time_ns(),
        stages=session.stages,
        judged=session.judged,
        findings=tally.severities.total(),
        incomplete=tally.incomplete,
        lost=session.losses(),
        sinks=sinks,
    )


def _reading(session: Session, sinks: tuple[SinkState, ...]) -> Reading:
    return Reading(
        calls=session.calls,
        incomplete=session.tally.incomplete,
        findings=dict(session.tally.rules),
        lost=session.losses(),
        stages=session.stages,
        sinks=sinks,
    )
