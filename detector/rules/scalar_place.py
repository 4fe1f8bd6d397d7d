"""Where in its file a character of a YAML text stands, however the text is quoted or folded."""

from __future__ import annotations

import yaml


def place_in(node: yaml.ScalarNode, line: int, column: int) -> yaml.Mark:
    """Give the place of the character at `line` and `column` (from 1) of the node's value.

    Folding and quoting change white space and escapes alone, so the two texts are walked side by
    side; past the end of the value, it is the place after its last character.
    """
    start = node.start_mark
    buffer = start.buffer
    if buffer is None:
        return start
    raw = buffer[start.pointer : node.end_mark.pointer]
    at = _body(raw, node.style)
    lines = str(node.value).split("\n")
    index = sum(len(passed) + 1 for passed in lines[: line - 1]) + column - 1
    last = at
    for char in str(node.value)[: index + 1]:
        if char.isspace():
            continue
        found = raw.find(char, at)
        if found < 0:
            break
        last, at = found, found + 1
    if index >= len(node.value.rstrip()):
        last = at
    before = raw[:last]
    breaks = before.count("\n")
    row = start.line + breaks
    place = last - (before.rfind("\n") + 1) if breaks else start.column + last
    return yaml.Mark("", start.index + last, row, place, None, 0)


def _body(raw: str, style: str | None) -> int:
    """Give where the text begins, past its quote or the header of its block."""
    if style in {"|", ">"}:
        return raw.find("\n") + 1
    return 1 if style in {"'", '"'} else 0
