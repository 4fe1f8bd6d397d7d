"""How severe a message is, whatever it tells of."""

from __future__ import annotations

from detector.model.alert import Alert
from detector.model.finding import Severity
from detector.model.head import HeadNotice
from detector.model.heartbeat import Heartbeat
from detector.model.message import Message
from detector.render.verdict import Outcome, outcome

_BY_OUTCOME = {
    Outcome.CLEAN: Severity.INFO,
    Outcome.FINDINGS: Severity.INFO,
    Outcome.CLEAN_AS_FAR_AS_SEEN: Severity.WARNING,
    Outcome.UNOBSERVED: Severity.ERR,
}
"""Findings had their own alerts; what could not be seen had none."""


def severity_of(message: Message) -> Severity:
    """Give an alert's own severity, or that of what an observation could not see."""
    if isinstance(message, Alert):
        return message.finding.severity
    if isinstance(message, Heartbeat):
        return Severity.INFO
    if isinstance(message, HeadNotice):
        return Severity.NOTICE
    return _BY_OUTCOME[outcome(message)]
