"""Saying, within a rendered body, that messages before it were lost on the way to its sink."""

from __future__ import annotations

import re

ROOM = 64
"""Bytes that saying so may take."""

_JSON = re.compile(rb"\{(?=\")")


def in_json(body: bytes, count: int) -> bytes:
    """Put the member `dropped_before` into a JSON object that has members."""
    return _JSON.sub(b'{"dropped_before":%d,' % count, body, count=1)


def in_body(body: bytes, count: int) -> bytes:
    """Say it in a body of any format: a JSON object, CEF, or text."""
    if body.startswith(b"{"):
        return in_json(body, count)
    if body.startswith(b"CEF:"):
        return body + b" toctraceDroppedBefore=%d" % count
    return body + b" (%d messages before this one were lost)" % count
