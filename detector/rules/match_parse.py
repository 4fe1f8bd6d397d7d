"""The `match:` of a rule file: fields and values, `any:` and `none:`."""

from __future__ import annotations

import yaml

from detector.rules.accept import Accept
from detector.rules.document import Document
from detector.rules.field import Field
from detector.rules.fields import BY_FIELD
from detector.rules.match import Match, Test
from detector.rules.values_parse import parse_accept

_ANY, _NONE = "any", "none"


def parse_match(document: Document, node: yaml.Node) -> Match:
    """Read a mapping of fields to a value or a list of values, with `any:` and `none:`."""
    found = document.mapping(node, (*BY_FIELD, _ANY, _NONE), "match")
    if isinstance(node, yaml.MappingNode) and not node.value:
        document.complain(node.start_mark, "an empty match would match every call")
    return Match(
        tests=tuple(
            Test(field=BY_FIELD[name], accepted=_accepted(document, value, BY_FIELD[name]))
            for name, value in found.items()
            if name in BY_FIELD
        ),
        alternatives=_several(document, found.get(_ANY), _ANY),
        exclusions=_several(document, found.get(_NONE), _NONE),
    )


def _several(document: Document, node: yaml.Node | None, what: str) -> tuple[Match, ...]:
    if node is None:
        return ()
    if not isinstance(node, yaml.SequenceNode) or not node.value:
        document.complain(node.start_mark, f"`{what}` must be a list of at least one match")
        return ()
    return tuple(parse_match(document, item) for item in node.value)


def _accepted(document: Document, node: yaml.Node, field: Field) -> tuple[Accept, ...]:
    items = node.value if isinstance(node, yaml.SequenceNode) else [node]
    if not items:
        document.complain(node.start_mark, f"`{field.name}` asks for none of any values")
    read = (parse_accept(document, item, field) for item in items)
    return tuple(accept for accept in read if accept is not None)
