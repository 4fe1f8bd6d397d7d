"""The formats of what goes to a sink, by the name that `?format=` gives."""

from __future__ import annotations

from collections.abc import Callable

from detector.model.message import Message
from detector.render.cef import cef_line
from detector.render.ecs import ecs_line
from detector.render.jsonl import message_line
from detector.render.meta import Meta
from detector.render.ocsf import ocsf_line
from detector.render.tracee import tracee_line

FORMATS: dict[str, Callable[[Message, Meta], str]] = {
    "json": message_line,
    "ocsf": ocsf_line,
    "ecs": ecs_line,
    "cef": cef_line,
    "tracee": tracee_line,
}
"""Each writes one message as one line of printable text, without a line break at the end. All but
`cef`, which is UTF-8, are ASCII."""
