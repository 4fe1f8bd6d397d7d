"""Heads as they arrived at the other end of a sink: found in every form that a sink writes. Pure.

A log holds other lines too, and hostile text in them: a head is taken from the places where a
sink puts one, and from nowhere else.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from detector.model.head import Head
from detector.recording.head import parse_head
from detector.render.originator import APP_NAME

_HEAD = r"[0-9a-f]{1,64}:[0-9]{1,18}:[0-9a-f]{64}"
_WORD = r"\S*[^\s:\]]"
"""Of a line's header: a stamp, a host, but not the tag of another program."""
_ANY = re.compile(rf"\b{_HEAD}\b")
_EXPORT = re.compile(rf"TOCTRACE_HEAD=({_HEAD})")
"""journalctl -o export."""
_RFC5424 = re.compile(
    rf"(?:{_WORD} +){{2,7}}{APP_NAME} \d+ recording-head "
    rf'\[{APP_NAME}@\d+ [^\]]*?\bhead="({_HEAD})"'
)
_LOCAL = re.compile(
    rf"(?:<\d+>)?(?:\w+ +\d+ [\d:.]+|\d{{4}}-\S+)(?: {_WORD}){{0,2}} {APP_NAME}\[\d+\]: "
    r"(?:@cee: ?)?(.*)"
)
"""RFC 3164, and what rsyslog and journalctl write of any form: a stamp, a host, a tag."""
_TEXT = re.compile(rf"recording head ({_HEAD}), ")
_CEF = re.compile(
    rf"CEF:0\|{APP_NAME}\|{APP_NAME}\|[^|]*\|recording-head\|[^|]*\|\d+\|.* cs1=({_HEAD})(?: |$)"
)


def head_in(line: str) -> Head | None:
    """Give the head that a line of a log carries; None: it has none."""
    line = line.strip()
    if not _ANY.search(line):  # nearly every line: the rest is not looked for
        return None
    local = _LOCAL.fullmatch(line)
    body = local[1] if local else line
    if body.startswith("{"):
        return parse_head(_in_json(body))
    found = _EXPORT.fullmatch(line) or _RFC5424.match(line) or _TEXT.match(body)
    found = found or _CEF.match(body)
    return parse_head(found[1]) if found else None


def _in_json(body: str) -> str:
    """Give the head in a JSON document of any of the formats; empty where it has none."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return ""
    return next(_heads(document), "")


def _heads(value: object) -> Iterator[str]:
    """Look for the object that is about a head, as deep as a collector may have put it."""
    if isinstance(value, list):
        for item in value:
            yield from _heads(item)
    if not isinstance(value, dict):
        return
    if value.get("type") == "head":
        yield str(value.get("head"))
    if value.get("TOCTRACE_TYPE") == "head":  # journalctl -o json
        yield str(value.get("TOCTRACE_HEAD"))
    if value.get("name") == f"{APP_NAME}_head" and isinstance(value.get("data"), list):
        yield from (  # Tracee's
            str(item.get("str"))
            for item in value["data"]
            if isinstance(item, dict) and item.get("name") == "head"
        )
    for item in value.values():
        yield from _heads(item)
