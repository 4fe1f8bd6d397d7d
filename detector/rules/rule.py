"""A rule, as read from its file: what is a finding, how severe, how sure, and in which words."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from detector.model.finding import Confidence, Severity
from detector.rules.condition import Condition
from detector.rules.exception import RuleException
from detector.rules.match import Match
from detector.rules.template import Template

INTERVAL_S = 60
"""How long repeats are folded where a rule does not say."""


class Status(StrEnum):
    """How far a rule can be relied on; Sigma's words (Sigma specification, `status`)."""

    STABLE = "stable"
    TEST = "test"
    EXPERIMENTAL = "experimental"
    DEPRECATED = "deprecated"
    UNSUPPORTED = "unsupported"


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """One rule."""

    id: str
    """The name of its file, too."""
    title: str
    """`rule:` in the file, as Falco has it."""
    desc: str
    priority: Severity
    output: Template
    match: Match
    status: Status
    confidence: Confidence = Confidence.HIGH
    """The most that a finding of this rule can be sure of."""
    condition: Condition | None = None
    """What must hold besides `match`."""
    exceptions: tuple[RuleException, ...] = ()
    interval: int = INTERVAL_S
    """Seconds in which repeated findings become one alert that counts them; 0: each goes out."""
    response: str = ""
    """What to do about a finding."""
    tags: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    falsepositives: tuple[str, ...] = ()
    enabled: bool = True
    enforce: bool = False
    """Whether `--enforce` may stop the calls that it names."""
