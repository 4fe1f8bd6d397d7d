"""Alerts to send, each with an id of its own."""

from __future__ import annotations

import msgspec

from detector.model.alert import Alert
from detector.model.finding import Finding
from tests.unit.samples import OFFSET_NS, findings

FINDINGS = findings()
NUMBERED = "race"


def alert_of(finding: Finding, number: int) -> Alert:
    """Make an alert whose id is its number."""
    moment = OFFSET_NS + number * 1_000_000
    return Alert(
        id=f"{number:032x}",
        finding=msgspec.structs.replace(finding, time_unix_ns=moment),
        count=1,
        first_unix_ns=moment,
        last_unix_ns=moment,
    )


def alerts(count: int, first: int = 0) -> list[Alert]:
    """Make `count` alerts of one finding."""
    return [alert_of(FINDINGS[NUMBERED], number) for number in range(first, first + count)]


def one_of_each() -> list[Alert]:
    """Make an alert of every kind of finding."""
    return [alert_of(finding, number) for number, finding in enumerate(FINDINGS.values())]


def ids(numbered: list[Alert]) -> set[str]:
    """Give the ids."""
    return {alert.id for alert in numbered}
