"""A rule's output: text with named fields in braces, and nothing else that could be evaluated."""

from __future__ import annotations

import string

import msgspec

from detector.model.judgement import JudgedCall
from detector.model.process import Process
from detector.rules.field import Field, text_of
from detector.rules.fields import BY_FIELD
from detector.rules.nearest import nearest


class Template(msgspec.Struct, frozen=True, kw_only=True):
    """Literal text and fields, in the order of the output."""

    parts: tuple[str | Field, ...]


def parse_template(text: str) -> Template:
    """Read an output template.

    Raises ValueError, with a sentence for the rule's author, if it holds anything but text,
    `{field}` with the name of a field, `{{` and `}}`.
    """
    parts: list[str | Field] = []
    try:
        pieces = list(string.Formatter().parse(text))
    except ValueError as error:
        msg = f"{error}; write {{{{ or }}}} for a brace that is text"
        raise ValueError(msg) from error
    for literal, name, form, conversion in pieces:
        if literal:
            parts.append(literal)
        if name is None:
            continue
        if form or conversion:
            msg = f"`{{{name}}}` takes no format or conversion: write the field's name alone"
            raise ValueError(msg)
        if name not in BY_FIELD:
            msg = f"`{name}` is no field; {nearest(name, BY_FIELD)}"
            raise ValueError(msg)
        parts.append(BY_FIELD[name])
    return Template(parts=tuple(parts))


def fill(template: Template, call: JudgedCall, process: Process) -> str:
    """Write the output for one call. What comes from the watched system is not escaped."""
    return "".join(
        part if isinstance(part, str) else text_of(part, call, process) for part in template.parts
    )
