"""YAML as nodes that know where they stand, so that every problem names a line and a column.

Only the safe loader's grammar is used and nothing is constructed: the values are read from the
nodes, strictly, so `id: no` is an error here and never the boolean that YAML 1.1 makes of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

import msgspec
import yaml

from detector.rules.nearest import nearest

_DEPTH = 12
"""Deepest nesting; a rule needs 6. The composer recurses, and must not run out of stack."""

_TAG = "tag:yaml.org,2002:"


class Problem(msgspec.Struct, frozen=True, kw_only=True, order=True):
    """Something wrong at one place of a file; line and column count from 1."""

    line: int
    column: int
    text: str


class Mark(Protocol):
    """A place as PyYAML gives it: line and column count from 0."""

    @property
    def line(self) -> int:
        """Line."""

    @property
    def column(self) -> int:
        """Column, in characters."""


class Document:
    """The nodes of one file and what is wrong with them."""

    def __init__(self) -> None:
        """Begin with no problem."""
        self.problems: list[Problem] = []

    def complain(self, mark: Mark | None, text: str) -> None:
        """Note a problem at a place; without one, at the file's beginning."""
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        self.problems.append(Problem(line=line, column=column, text=text))

    def compose(self, text: str) -> yaml.MappingNode | None:
        """Read the file's one mapping; None, and a problem, if that is not what it holds."""
        try:
            if not self._plain(text):
                return None
            root = yaml.compose(text, Loader=yaml.SafeLoader)
        except yaml.reader.ReaderError as error:
            self.complain(_place(text, error.position), f"{error.reason}: remove the character")
            return None
        except yaml.MarkedYAMLError as error:
            why = error.problem or "not YAML"
            self.complain(error.problem_mark or error.context_mark, why)
            return None
        if not isinstance(root, yaml.MappingNode):
            self.complain(
                root.start_mark if root else None, "a rule is a mapping of keys to values"
            )
            return None
        return root

    def mapping(self, node: yaml.Node, keys: Iterable[str], what: str) -> dict[str, yaml.Node]:
        """Read a mapping whose keys must be among `keys`, each at most once."""
        if not isinstance(node, yaml.MappingNode):
            self.complain(node.start_mark, f"{what} must be a mapping")
            return {}
        found: dict[str, yaml.Node] = {}
        known = tuple(keys)
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode) or key.value not in known:
                name = key.value if isinstance(key, yaml.ScalarNode) else "this"
                problem = f"`{name}` is not a key of {what}; {nearest(str(name), known)}"
                self.complain(key.start_mark, problem)
            elif key.value in found:
                self.complain(key.start_mark, f"`{key.value}` stands here a second time")
            else:
                found[key.value] = value
        return found

    def text(self, node: yaml.Node, what: str) -> str | None:
        """Read a text that is not empty."""
        if not isinstance(node, yaml.ScalarNode) or node.tag != f"{_TAG}str":
            quote = isinstance(node, yaml.ScalarNode) and node.value
            remedy = f'; write "{node.value}" in quotes' if quote else ""
            self.complain(node.start_mark, f"{what} must be text{remedy}")
            return None
        if not node.value.strip():
            self.complain(node.start_mark, f"{what} is empty")
            return None
        return str(node.value).strip()

    def texts(self, node: yaml.Node, what: str) -> tuple[str, ...]:
        """Read a list of texts."""
        if not isinstance(node, yaml.SequenceNode):
            self.complain(node.start_mark, f"{what} must be a list")
            return ()
        read = (self.text(item, f"an item of {what}") for item in node.value)
        return tuple(item for item in read if item is not None)

    def flag(self, node: yaml.Node, what: str) -> bool | None:
        """Read `true` or `false`, in these spellings alone."""
        words = {"true": True, "false": False}
        plain = isinstance(node, yaml.ScalarNode) and node.tag == f"{_TAG}bool"
        if not plain or node.value not in words:
            self.complain(node.start_mark, f"{what} must be true or false")
            return None
        return words[node.value]

    def _plain(self, text: str) -> bool:
        """Refuse aliases, which grow without bound, and deep nesting, before composing."""
        depth = documents = 0
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            if isinstance(event, yaml.AliasEvent):
                self.complain(event.start_mark, "aliases are not allowed: write the value out")
                return False
            documents += isinstance(event, yaml.DocumentStartEvent)
            if documents > 1:
                problem = "a file holds one rule: put the second into its own file"
                self.complain(event.start_mark, problem)
                return False
            depth += isinstance(event, yaml.CollectionStartEvent)
            depth -= isinstance(event, yaml.CollectionEndEvent)
            if depth > _DEPTH:
                self.complain(event.start_mark, f"nested deeper than {_DEPTH} levels")
                return False
        return True


def _place(text: str, position: int) -> yaml.Mark:
    before = text[:position]
    line, column = before.count("\n"), position - (before.rfind("\n") + 1)
    return yaml.Mark("", position, line, column, None, 0)
