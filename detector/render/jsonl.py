"""JSON Lines: one finding, alert, heartbeat, head or observation, one line.

The lines are ASCII: every control, direction and line-separating character of a hostile name is
an escape, so a line stays a line and a terminal that shows it is not touched. Lone surrogates,
which RFC 8259 section 8.2 warns of, are written as backslash escapes.
"""

from __future__ import annotations

import json

import msgspec

from detector.model.alert import Alert
from detector.model.finding import Finding
from detector.model.head import HeadNotice
from detector.model.heartbeat import Heartbeat
from detector.model.message import Message
from detector.model.observation import Observation
from detector.render.finding_json import alerted_document, finding_document
from detector.render.head_document import head_document
from detector.render.heartbeat_document import heartbeat_document
from detector.render.meta import Meta
from detector.render.observation_document import observation_document
from detector.render.safe import without_surrogates


def finding_line(finding: Finding, meta: Meta) -> str:
    """Write one finding as one line, without a line break at the end."""
    return as_line(finding_document(finding, meta))


def alert_line(alert: Alert, meta: Meta) -> str:
    """Write one alert as one line: its first finding, and what else it stands for."""
    return as_line(alerted_document(alert, meta))


def observation_line(observation: Observation, meta: Meta) -> str:
    """Write one observation as one line, without a line break at the end."""
    return as_line(observation_document(observation, meta))


def heartbeat_line(heartbeat: Heartbeat, meta: Meta) -> str:
    """Write one heartbeat as one line, without a line break at the end."""
    return as_line(heartbeat_document(heartbeat, meta))


def head_line(notice: HeadNotice, meta: Meta) -> str:
    """Write word of a recording's head as one line, without a line break at the end."""
    return as_line(head_document(notice, meta))


def message_line(message: Message, meta: Meta) -> str:
    """Write what goes to a sink as one line, without a line break at the end."""
    if isinstance(message, Alert):
        return alert_line(message, meta)
    if isinstance(message, Heartbeat):
        return heartbeat_line(message, meta)
    if isinstance(message, HeadNotice):
        return head_line(message, meta)
    return observation_line(message, meta)


def as_line(document: object) -> str:
    """Write a document as one line of ASCII."""
    return json.dumps(plain(document), separators=(",", ":"), allow_nan=False)


def plain(document: object) -> object:
    """Give a document as JSON's own types, every text valid Unicode."""
    return _clean(msgspec.to_builtins(document))


def _clean(value: object) -> object:
    if isinstance(value, str):
        return without_surrogates(value)
    if isinstance(value, dict):
        return {without_surrogates(key): _clean(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_clean(item) for item in value]
    return value
