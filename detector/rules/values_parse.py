"""The values of a field in a rule file, by the field's type."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable

import yaml

from detector.rules.accept import Accept, Between, Equal, Like, Nodes
from detector.rules.document import Document
from detector.rules.field import Field, Type
from detector.rules.nearest import nearest

_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,19})")
_RUN = re.compile(r"([0-9]{1,4})(?:-([0-9]{1,4}))?")
_MOST_NODES = 1024
"""No kernel has more (CONFIG_NODES_SHIFT is at most 10)."""
_BOUNDS = ("min", "max")
_SETS = ("any_of", "all_of", "none_of")


def parse_accept(document: Document, node: yaml.Node, field: Field) -> Accept | None:
    """Read one thing that is asked of a field; None, and a problem, where it cannot be asked."""
    return _READERS[field.type](document, node, field)


def parse_nodes(document: Document, node: yaml.Node, what: str) -> frozenset[int] | None:
    """Read a node list as the kernel writes it (`0,2-3`); `-` is the empty set."""
    text = node.value if isinstance(node, yaml.ScalarNode) else ""
    if text == "-":
        return frozenset()
    found: set[int] = set()
    for run in str(text).split(","):
        ends = _RUN.fullmatch(run.strip())
        first = int(ends[1]) if ends else _MOST_NODES
        last = int(ends[2] or ends[1]) if ends else _MOST_NODES
        if not first <= last < _MOST_NODES:
            document.complain(
                node.start_mark,
                f"{what} must be a node list as the kernel writes it, such as `0,2-3`, of nodes "
                f"below {_MOST_NODES}; `-` is the empty one",
            )
            return None
        found.update(range(first, last + 1))
    return frozenset(found)


def parse_number(document: Document, node: yaml.Node, what: str) -> int | None:
    """Read a whole number in decimal digits, the only way that no two readers disagree on."""
    text = node.value if isinstance(node, yaml.ScalarNode) and not node.style else ""
    if not _INTEGER.fullmatch(str(text)):
        document.complain(node.start_mark, f"{what} must be a whole number, in decimal digits")
        return None
    return int(text)


def glob(text: str) -> Like:
    """Make a shell's pattern (`*`, `?`, `[...]`) a test of whole texts, in time that is bounded.

    fnmatch writes a star so that what it took is never given back (an atomic group).
    """
    return Like(re.compile(fnmatch.translate(text)))


def _word(document: Document, node: yaml.Node, field: Field) -> Accept | None:
    value = document.text(node, field.name)
    if value is None:
        return None
    if value not in field.choices:
        near = nearest(value, field.choices)
        document.complain(node.start_mark, f"`{value}` is no {field.name}; {near}")
        return None
    return Equal(value)


def _flag(document: Document, node: yaml.Node, field: Field) -> Accept | None:
    value = document.flag(node, field.name)
    return None if value is None else Equal(value)


def _text(document: Document, node: yaml.Node, field: Field) -> Accept | None:
    value = document.text(node, field.name)
    return None if value is None else glob(value)


def _number(document: Document, node: yaml.Node, field: Field) -> Accept | None:
    if not isinstance(node, yaml.MappingNode):
        value = parse_number(document, node, field.name)
        return None if value is None else Equal(value)
    ends = document.mapping(node, _BOUNDS, f"a range of {field.name}")
    read = {end: parse_number(document, at, f"`{end}`") for end, at in ends.items()}
    least, most = read.get("min"), read.get("max")
    if not ends:
        document.complain(node.start_mark, f"a range of {field.name} wants `min`, `max` or both")
    if least is not None and most is not None and least > most:
        document.complain(node.start_mark, f"no number is from {least} to {most}: turn them round")
    return Between(least, most)


def _nodes(document: Document, node: yaml.Node, field: Field) -> Accept | None:
    if not isinstance(node, yaml.MappingNode):
        equal = parse_nodes(document, node, field.name)
        return None if equal is None else Nodes(equal=equal)
    sets = document.mapping(node, _SETS, f"a set of {field.name}")
    if not sets:
        names = ", ".join(f"`{name}`" for name in _SETS)
        document.complain(node.start_mark, f"a set of {field.name} wants one of {names}")
    return Nodes(**{name: parse_nodes(document, at, f"`{name}`") for name, at in sets.items()})


_READERS: dict[Type, Callable[[Document, yaml.Node, Field], Accept | None]] = {
    Type.WORD: _word,
    Type.FLAG: _flag,
    Type.NUMBER: _number,
    Type.TEXT: _text,
    Type.NODES: _nodes,
}
