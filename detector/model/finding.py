"""Findings: what a rule makes of a judged call."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from detector.model.enforcement import Enforced
from detector.model.judgement import JudgedCall, Kind
from detector.model.process import Process


class Severity(StrEnum):
    """Syslog's eight words (RFC 5424 section 6.2.1), most severe first."""

    EMERG = "emerg"
    ALERT = "alert"
    CRIT = "crit"
    ERR = "err"
    WARNING = "warning"
    NOTICE = "notice"
    INFO = "info"
    DEBUG = "debug"

    @property
    def number(self) -> int:
        """Syslog's numerical code: 0 (emerg) to 7 (debug)."""
        return list(Severity).index(self)

    def at_least(self, other: Severity) -> bool:
        """Whether this is as severe as `other`, or more."""
        return self.number <= other.number


class Confidence(StrEnum):
    """How sure a finding is, apart from how severe it would be."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One rule's finding about one call, listing all its pairs."""

    rule: str
    """The rule's id."""
    title: str
    kind: Kind
    severity: Severity
    confidence: Confidence
    tags: tuple[str, ...]
    message: str
    """The rule's output with its fields filled in: hostile text, not escaped for anything."""
    call: JudgedCall
    process: Process
    time_unix_ns: int
    """Wall time of the call's end, ns since 1970 (boot time plus the run's clock offset)."""
    interval_s: float = 0.0
    """Seconds in which repeats of it become one alert that counts them; 0: each goes out."""
    enforced: Enforced | None = None
    """What enforcement made of the call; None: nothing, or none was on."""


def shown_of(earlier: Finding, later: Finding) -> Finding:
    """Choose which of two repeats stands for both: the first, or the first that names a writer."""
    return later if later.process.writers and not earlier.process.writers else earlier
