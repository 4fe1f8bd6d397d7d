"""Judged cases to make reports of."""

from __future__ import annotations

import msgspec

from detector.model.finding import Finding
from detector.model.observation import Observation
from detector.report.judged import Gathering, JudgedCase, JudgedRecording
from tests.unit.samples import META, OFFSET_NS, findings, observations


def judged(some: list[Finding], observation: Observation, host: str = META.host) -> JudgedRecording:
    """Make a judged recording of these findings."""
    gathering = Gathering()
    for finding in some:
        gathering.add(finding)
    return gathering.judged(msgspec.structs.replace(META, host=host), observation)


def case(*recordings: JudgedRecording, title: str = "a case", unread: str = "") -> JudgedCase:
    """Make a case of these recordings."""
    return JudgedCase(
        title=title,
        recordings=recordings,
        unread=(unread,) if unread else (),
        version=META.version,
        made_unix_ns=OFFSET_NS,
    )


def two_hosts() -> JudgedCase:
    """Give a case of two hosts, with a finding of every kind, and one recording that is broken."""
    every, seen = list(findings().values()), observations()
    return case(
        judged(every, seen["findings"]),
        judged(every[:3], seen["degraded"], host="db-2.example.org"),
        title="two hosts",
        unread="beef: beef.000001.toctrace, byte 0: it is damaged",
    )
