"""The `exceptions:` of a rule file, in Falco's form: name, fields, comps and values."""

from __future__ import annotations

import re
from collections.abc import Callable

import yaml

from detector.rules.accept import Accept, Between, Equal, Like, Nodes
from detector.rules.document import Document
from detector.rules.exception import RuleException
from detector.rules.field import Field, Type
from detector.rules.fields import BY_FIELD
from detector.rules.match import Test
from detector.rules.nearest import nearest
from detector.rules.values_parse import glob, parse_accept, parse_nodes, parse_number

_KEYS = ("name", "fields", "comps", "values")
_NAME = re.compile(r"[a-z0-9_]+([.-][a-z0-9_]+)*")
_EQUAL, _IN = "=", "in"

_Read = Callable[[Document, yaml.Node, Field], Accept | None]


def parse_exceptions(document: Document, node: yaml.Node) -> tuple[RuleException, ...]:
    """Read the list of a rule's exceptions."""
    if not isinstance(node, yaml.SequenceNode):
        document.complain(node.start_mark, "exceptions must be a list")
        return ()
    read: dict[str, RuleException] = {}
    for item in node.value:
        exception = _exception(document, item)
        if exception is not None and exception.name in read:
            document.complain(item.start_mark, f"`{exception.name}` stands here a second time")
        elif exception is not None:
            read[exception.name] = exception
    return tuple(read.values())


def _exception(document: Document, node: yaml.Node) -> RuleException | None:
    keys = document.mapping(node, _KEYS, "an exception")
    missing = [key for key in ("name", "fields", "values") if key not in keys]
    for key in missing:
        document.complain(node.start_mark, f"`{key}` of an exception is missing")
    if missing:
        return None
    name = document.text(keys["name"], "name")
    if name and not _NAME.fullmatch(name):
        problem = "an exception's name is lower-case letters, digits, `_`, joined by `.` or `-`"
        document.complain(keys["name"].start_mark, problem)
    single = isinstance(keys["fields"], yaml.ScalarNode)
    fields = _fields(document, keys["fields"])
    comps = _comps(document, keys.get("comps"), fields)
    if not name or not fields or len(fields) != len(comps):
        return None
    values = keys["values"]
    if not isinstance(values, yaml.SequenceNode) or not values.value:
        document.complain(values.start_mark, "values must be a list of at least one entry")
        return None
    rows = (_row(document, row, fields, comps, single=single) for row in values.value)
    return RuleException(name=name, entries=tuple(row for row in rows if row))


def _fields(document: Document, node: yaml.Node) -> tuple[Field, ...]:
    items = node.value if isinstance(node, yaml.SequenceNode) else [node]
    fields = []
    for item in items:
        name = document.text(item, "a field of an exception")
        if name in BY_FIELD:
            fields.append(BY_FIELD[name])
        elif name is not None:
            document.complain(item.start_mark, f"`{name}` is no field; {nearest(name, BY_FIELD)}")
    if not items:
        document.complain(node.start_mark, "fields must name at least one")
    return tuple(fields) if len(fields) == len(items) else ()


def _comps(
    document: Document, node: yaml.Node | None, fields: tuple[Field, ...]
) -> tuple[str, ...]:
    if node is None:
        return (_EQUAL,) * len(fields)
    items = node.value if isinstance(node, yaml.SequenceNode) else [node]
    if fields and len(items) != len(fields):
        problem = f"comps has {len(items)} of them for {len(fields)} fields: give each field one"
        document.complain(node.start_mark, problem)
    comps = []
    for item, field in zip(items, fields, strict=False):
        name = document.text(item, "a comparison")
        known = (*_READERS[field.type], _IN)
        if name in known:
            comps.append(name)
        elif name is not None:
            problem = f"`{name}` does not compare {field.name}, a {field.type}"
            document.complain(item.start_mark, f"{problem}; {nearest(name, known)}")
    return tuple(comps)


def _row(
    document: Document,
    node: yaml.Node,
    fields: tuple[Field, ...],
    comps: tuple[str, ...],
    *,
    single: bool,
) -> tuple[Test, ...]:
    """Read one entry: a value for each field, in their order; a bare one for a bare field."""
    cells = [node] if single else node.value if isinstance(node, yaml.SequenceNode) else []
    if len(cells) != len(fields):
        problem = f"an entry is a list with a value for each of {len(fields)} fields"
        document.complain(node.start_mark, problem)
        return ()
    return tuple(
        Test(field=field, accepted=_accepted(document, cell, field, comp))
        for cell, field, comp in zip(cells, fields, comps, strict=True)
    )


def _accepted(document: Document, node: yaml.Node, field: Field, comp: str) -> tuple[Accept, ...]:
    read = _READERS[field.type][_EQUAL if comp == _IN else comp]
    items = [node]
    if comp == _IN:
        items = node.value if isinstance(node, yaml.SequenceNode) else []
        if not items:
            document.complain(node.start_mark, f"`in` wants a list of values of {field.name}")
    found = (read(document, item, field) for item in items)
    return tuple(accept for accept in found if accept is not None)


def _text(make: Callable[[str], Accept]) -> _Read:
    def read(document: Document, node: yaml.Node, field: Field) -> Accept | None:
        text = document.text(node, field.name)
        return None if text is None else make(text)

    return read


def _part(before: str, after: str) -> _Read:
    return _text(lambda text: Like(re.compile(f"(?s:{before}{re.escape(text)}{after})")))


def _bound(make: Callable[[int], Accept]) -> _Read:
    def read(document: Document, node: yaml.Node, field: Field) -> Accept | None:
        number = parse_number(document, node, field.name)
        return None if number is None else make(number)

    return read


def _set(name: str) -> _Read:
    def read(document: Document, node: yaml.Node, field: Field) -> Accept | None:
        found = parse_nodes(document, node, field.name)
        return None if found is None else Nodes(**{name: found})

    return read


_READERS: dict[Type, dict[str, _Read]] = {
    Type.WORD: {_EQUAL: parse_accept},
    Type.FLAG: {_EQUAL: parse_accept},
    Type.NUMBER: {
        _EQUAL: parse_accept,
        "<": _bound(lambda number: Between(None, number - 1)),
        "<=": _bound(lambda number: Between(None, number)),
        ">": _bound(lambda number: Between(number + 1, None)),
        ">=": _bound(lambda number: Between(number, None)),
    },
    Type.TEXT: {
        _EQUAL: _text(Equal),
        "glob": _text(glob),
        "startswith": _part("", ".*"),
        "endswith": _part(".*", ""),
        "contains": _part(".*", ".*"),
    },
    Type.NODES: {
        _EQUAL: _set("equal"),
        "any_of": _set("any_of"),
        "all_of": _set("all_of"),
        "none_of": _set("none_of"),
    },
}
"""How each type can be compared, and how what it is compared with is read; `in` besides."""
