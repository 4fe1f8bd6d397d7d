"""What a named field is: its type, its values, and how they are written."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum

import msgspec

from detector.model.judgement import JudgedCall
from detector.model.process import Process
from detector.rules.described import node_words

Value = str | bool | int | bytes
"""What a field holds: a set of nodes as a mask's bytes."""

WIDTH = 48
"""Characters of a node list in an output before it is shortened, with a count."""


class Type(StrEnum):
    """What a field holds, and so how a rule may ask for it."""

    WORD = "word"
    """One of a few words, compared whole."""
    FLAG = "flag"
    """true or false."""
    NUMBER = "number"
    """A whole number: equal to one, or between two."""
    TEXT = "text"
    """Text that the watched system chose: compared as a glob."""
    NODES = "nodes"
    """A set of NUMA nodes."""


class Field(msgspec.Struct, frozen=True, kw_only=True):
    """One named field of a call."""

    name: str
    type: Type
    meaning: str
    get: Callable[[JudgedCall, Process], tuple[Value, ...]]
    """Its values; empty where it is not known."""
    choices: tuple[str, ...] = ()
    """Every word that a field of type `word` can hold."""
    many: bool = False
    """Whether it can hold more than one value: a list in a condition."""


def text_of(field: Field, call: JudgedCall, process: Process) -> str:
    """Write the field's values for an output; `unknown` where there is none."""
    return ", ".join(_text(value) for value in field.get(call, process)) or "unknown"


def known(value: Value | None) -> tuple[Value, ...]:
    """Give the values of a field that holds at most one."""
    return () if value is None else (value,)


def _text(value: Value) -> str:
    if isinstance(value, bytes):
        return node_words(value, WIDTH)
    return str(value).lower() if isinstance(value, bool) else str(value)
