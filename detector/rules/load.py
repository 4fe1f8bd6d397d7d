"""The rules of several places, made into one set; every problem of every file in one go."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import msgspec

from detector.errors import RuleError
from detector.resources import rules_dir
from detector.rules.ownership import Owners, own_owners
from detector.rules.parse import parse_rule
from detector.rules.places import Place
from detector.rules.rule import Rule
from detector.rules.rule_files import RuleText, Trouble, read_place


class RuleSet(msgspec.Struct, frozen=True, kw_only=True):
    """Rules by id, and where they come from."""

    rules: tuple[Rule, ...]
    """In the order of their ids."""
    files: dict[str, tuple[Path, ...]]
    """By id: the files that hold a rule of that id; the last one's counts."""
    texts: dict[str, str]
    """By id: the text of that file."""


def shipped_rules() -> tuple[Rule, ...]:
    """Read the rules that come with the tool.

    Raises RuleError as `load_rules` does, and ResourceError where the folder is missing.
    """
    return load_rule_set((Place(path=rules_dir(), shipped=True),)).rules


def load_rules(folder: Path) -> tuple[Rule, ...]:
    """Read every rule of a folder, one rule a file, in the order of their ids.

    Raises RuleError with one line, `file:line:column: what and the remedy`, for each problem of
    each file. A folder without a rule is a problem: nothing would ever be found.
    """
    return load_rule_set((Place(path=folder),)).rules


def load_rule_set(places: Iterable[Place], owners: Owners | None = None) -> RuleSet:
    """Read the rules of every place; a rule overrides those of its id that were read before it.

    Raises RuleError as `load_rules` does.
    """
    rules: dict[str, Rule] = {}
    files: dict[str, tuple[Path, ...]] = {}
    texts: dict[str, str] = {}
    problems: list[str] = []
    for place in places:
        for read in read_place(place, owners or own_owners()):
            found = _parsed(read)
            if isinstance(found, Rule) and isinstance(read, RuleText):
                rules[found.id] = found
                files[found.id] = (*files.get(found.id, ()), read.path)
                texts[found.id] = read.text
            elif not isinstance(found, Rule):
                problems += found
    if problems:
        raise RuleError("\n".join(problems))
    return RuleSet(rules=tuple(rules[name] for name in sorted(rules)), files=files, texts=texts)


def problems_of(place: Place, owners: Owners | None = None) -> tuple[int, list[str]]:
    """Give how many files a place holds, and the lines of everything that is wrong with them."""
    read = read_place(place, owners or own_owners())
    problems: list[str] = []
    for one in read:
        found = _parsed(one)
        problems += [] if isinstance(found, Rule) else found
    return len(read), problems


def _parsed(read: RuleText | Trouble) -> Rule | list[str]:
    if isinstance(read, Trouble):
        return [_line(read.path, read.line, read.column, read.text)]
    rule = parse_rule(read.text, read.path.stem)
    if isinstance(rule, Rule):
        return rule
    return [_line(read.path, p.line, p.column, p.text) for p in rule]


def _line(path: Path, line: int, column: int, text: str) -> str:
    """Write a problem as one line: names of files and what stands in them are hostile text."""
    place = f":{line}:{column}" if line else ""
    whole = f"{path}{place}: {text}"
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in whole)
