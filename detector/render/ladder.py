"""The ladder: one row for each stage, one column for each argument."""

from __future__ import annotations

from itertools import zip_longest

from detector.model.judgement import JudgedArgument, JudgedCall
from detector.model.stage import Stage
from detector.render.colour import CHANGED, TITLE, paint
from detector.render.masks import cell, mark, shown_stages
from detector.render.safe import WIDTH, columns, pad, wrap

_STAGE = 14
"""Columns of the stage's name with its indentation."""
_SIDE_BY_SIDE = 2
"""Arguments beside each other; more make another table."""

_Line = tuple[str, str]
"""A line of a cell: plain words, then a mark, which is coloured."""
_NOTHING: _Line = ("", "")


def ladder(call: JudgedCall, *, colour: bool) -> list[str]:
    """Draw the ladder of a call, within 80 columns."""
    lines: list[str] = []
    for first in range(0, len(call.arguments), _SIDE_BY_SIDE):
        lines += _table(call, call.arguments[first : first + _SIDE_BY_SIDE], colour=colour)
    return lines


def _table(call: JudgedCall, arguments: tuple[JudgedArgument, ...], *, colour: bool) -> list[str]:
    width = (WIDTH - _STAGE) // len(arguments) - 1
    head = [pad(argument.name, width) for argument in arguments]
    title = pad("  stage", _STAGE) + " ".join(head).rstrip()
    lines = [paint(title, TITLE, colour=colour)]
    for stage in shown_stages(arguments):
        cells = [_cell(call, argument, stage, width) for argument in arguments]
        name = f"  {stage}"
        for row in zip_longest(*cells, fillvalue=_NOTHING):
            lines.append(_row(name, row, width, colour=colour))
            name = ""
    return lines


def _cell(call: JudgedCall, argument: JudgedArgument, stage: Stage, width: int) -> list[_Line]:
    """Give the lines of one cell: the mark stands beside the nodes or, without room, below."""
    what, changed = cell(call, argument, stage, width), mark(argument, stage)
    beside = f"{what}  "
    if columns(beside) + columns(changed) <= width:
        return [(beside, changed)]
    return [
        *((line, "") for line in wrap(what, width)),
        *(("", line) for line in wrap(changed, width)),
    ]


def _row(name: str, row: tuple[_Line, ...], width: int, *, colour: bool) -> str:
    text = pad(name, _STAGE)
    for number, (what, changed) in enumerate(row):
        text += what + paint(changed, CHANGED, colour=colour)
        if number < len(row) - 1:
            text += " " * (width + 1 - columns(what) - columns(changed))
    return text.rstrip()
