"""Heartbeats: word that watching goes on, so that silence can be told from death."""

from __future__ import annotations

import msgspec

from detector.model.observation import SinkState, StageState


class Heartbeat(msgspec.Struct, frozen=True, kw_only=True):
    """What a run has seen up to now. Counts are of calls unless said otherwise."""

    id: str
    """Unique over all runs and hosts, as an alert's."""
    run: str
    time_unix_ns: int
    stages: tuple[StageState, ...]
    judged: int
    findings: int
    """Findings, of every kind and severity."""
    incomplete: int
    lost: dict[str, int]
    """As an observation's."""
    sinks: tuple[SinkState, ...]
