from __future__ import annotations

import io
import json
from typing import Any

import pytest
import structlog

from detector.log import set_up_log

HOSTILE = "evil\x1b]0;PWNED\x07\x9b31m\u202e\x85\udc80"
"""Sets a terminal's title, colours it by a C1 control, turns the writing round, ends the line."""
VALUES = [
    HOSTILE,
    f"a b {HOSTILE}",
    [HOSTILE],
    {HOSTILE: HOSTILE},
    HOSTILE.encode("utf-8", "replace"),
]


def logged(value: object, *, as_json: bool) -> str:
    stream = io.StringIO()
    set_up_log(as_json=as_json, to=stream)
    log = structlog.get_logger()
    log.warning("told", value=value, **{HOSTILE: 1})
    log.warning(HOSTILE)
    return stream.getvalue()


@pytest.mark.parametrize("value", VALUES)
@pytest.mark.parametrize("as_json", [False, True])
def test_no_text_in_it_commands_a_terminal_or_forges_a_line(value: Any, *, as_json: bool) -> None:
    lines = logged(value, as_json=as_json).split("\n")
    assert len(lines) == 3
    assert all(line.isascii() and line.isprintable() for line in lines)


def test_what_is_escaped_stays_readable() -> None:
    first, second, _ = logged(HOSTILE, as_json=False).split("\n")
    assert r"value=evil\x1b]0;PWNED\x07\x9b31m\u202e\x85\x80" in first
    assert r"evil\x1b]0;PWNED" in second
    assert "na\u00efve" in logged("na\u00efve", as_json=False)


def test_json_gives_back_what_was_told() -> None:
    told = json.loads(logged(HOSTILE, as_json=True).split("\n")[0])
    assert told["value"] == HOSTILE
