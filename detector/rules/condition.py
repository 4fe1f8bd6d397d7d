"""A rule's `condition:`: one expression in CEL (the Common Expression Language), never eval.

CEL has no loops, no assignment and no way out. What is left is bounded here: the length of the
expression, the functions that it may call, and one comprehension at most, so that its time grows
no faster than the longest list of nodes. The library is imported when a rule has a condition.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from detector.model.judgement import JudgedCall
from detector.model.nodemask import nodes
from detector.model.process import Process
from detector.rules.field import Field, Type, Value
from detector.rules.fields import FIELDS
from detector.rules.nearest import nearest

if TYPE_CHECKING:
    from types import ModuleType

MOST_CHARACTERS = 1024
MOST_COMPREHENSIONS = 1
FUNCTIONS = ("contains", "endsWith", "int", "matches", "max", "min", "size", "startsWith", "string")
"""What an expression may call; operators and `has` besides. None looks outside of its arguments."""

_PACKAGE = "cel"
_COMPREHENSION = re.compile(r"\.\s*(?:all|exists|exists_one|filter|map)\s*\(\s*(\w*)")
_KEY = re.compile(r"(?<![\w.])(\w+(?:\s*\.\s*\w+\b(?!\s*\())+)")
"""A field's name of several parts; a function called on it is none of them."""
_WHERE = re.compile(r"ERROR: <input>:(\d+):(\d+): (.*)")
_FAILURES = (TypeError, RuntimeError, ValueError, LookupError, ArithmeticError)
"""What the library raises while it evaluates."""
_SAMPLES: dict[Type, tuple[object, object]] = {
    Type.WORD: ("", "x"),
    Type.FLAG: (False, True),
    Type.NUMBER: (0, 1),
    Type.TEXT: ("", "x"),
    Type.NODES: ([], [0]),
}


class ConditionError(ValueError):
    """An expression is no condition; line and column count from 1, within the expression."""

    def __init__(self, text: str, line: int = 1, column: int = 1) -> None:
        """Say what is wrong, and where."""
        super().__init__(text)
        self.line, self.column = line, column


class Condition(msgspec.Struct, frozen=True, eq=False):
    """A compiled expression."""

    source: str
    program: Any
    fields: tuple[Field, ...]
    """Those that it names."""


def parse_condition(source: str) -> Condition:
    """Compile an expression. Raises ConditionError for the first thing that is wrong with it."""
    if len(source) > MOST_CHARACTERS:
        raise ConditionError(f"a condition has at most {MOST_CHARACTERS} characters")
    library = _library()
    try:
        program = library.compile(source)
    except ValueError as error:
        raise _syntax_error(str(error)) from None
    _check_names(source, program)
    names = set(program.variables())
    condition = Condition(source, program, tuple(f for f in FIELDS if _root(f) in names))
    _try_out(condition)
    return condition


def holds(condition: Condition, call: JudgedCall, process: Process) -> bool | str:
    """Say whether the condition holds; a text says why that cannot be told of this call."""
    values = {field: _values(field, field.get(call, process)) for field in condition.fields}
    try:
        return bool(condition.program.execute(_context(values)))
    except _FAILURES as error:
        return _first_line(error)


def _library() -> ModuleType:
    try:
        return importlib.import_module(_PACKAGE)
    except ImportError:
        problem = "a condition needs a package more: pip install 'toctrace[cel]'"
        raise ConditionError(problem) from None


def _syntax_error(told: str) -> ConditionError:
    places = [(int(m[1]), int(m[2]), m[3]) for m in _WHERE.finditer(told)]
    # some complaints are about the whole expression, others about the place
    line, column, what = max(places, default=(1, 1, told.splitlines()[0]))
    return ConditionError(f"not CEL: {what}", line, column)


def _check_names(source: str, program: Any) -> None:
    comprehensions = list(_COMPREHENSION.finditer(source))
    if len(comprehensions) > MOST_COMPREHENSIONS:
        problem = "a condition may have one of `all`, `exists`, `exists_one`, `filter`, `map`"
        raise _at(source, comprehensions[1].start(), problem)
    own = {found[1] for found in comprehensions}
    roots = {_root(field) for field in FIELDS}
    for name in program.variables():
        if name not in roots | own:
            raise _named(source, name, f"`{name}` is no field; {nearest(name, roots)}")
    for found in _KEY.finditer(source):
        _check_key(source, found)
    for name in program.functions():
        if name.isidentifier() and name.strip("_") == name and name not in FUNCTIONS:
            raise _named(source, name, f"`{name}` is no function here; {nearest(name, FUNCTIONS)}")


def _check_key(source: str, found: re.Match[str]) -> None:
    """Follow a name of several parts as far as there are fields of such a name."""
    at, before = found.start(), ""
    for part in found[1].split("."):
        name = part.strip()
        keys = {
            field.name.removeprefix(before).partition(".")[0]
            for field in FIELDS
            if field.name.startswith(before)
        }
        if before and keys and name not in keys:
            problem = f"`{name}` is no field of {before[:-1]}; {nearest(name, sorted(keys))}"
            raise _at(source, at + len(part) - len(part.lstrip()), problem)
        before += f"{name}."
        at += len(part) + 1


def _try_out(condition: Condition) -> None:
    """Evaluate it for two made-up calls, so that most slips are found before there is a call."""
    for index in (0, 1):
        values = {f: [s] if f.many else s for f in condition.fields for s in [_sample(f, index)]}
        try:
            result = condition.program.execute(_context(values))
        except _FAILURES as error:
            raise ConditionError(f"it cannot be evaluated: {_first_line(error)}") from None
        if not isinstance(result, bool):
            raise ConditionError(f"it must be true or false, not {type(result).__name__}")


def _sample(field: Field, index: int) -> object:
    return field.choices[-index] if field.choices else _SAMPLES[field.type][index]


def _root(field: Field) -> str:
    return field.name.partition(".")[0]


def _context(values: Mapping[Field, object]) -> dict[str, object]:
    """Give the variables; `a.b.c` is the key `c` of the key `b` of the variable `a`."""
    context: dict[str, Any] = {}
    for field, value in values.items():
        *folders, last = field.name.split(".")
        inner = context
        for folder in folders:
            inner = inner.setdefault(folder, {})
        inner[last] = value
    return context


def _values(field: Field, values: tuple[Value, ...]) -> object:
    read = [_value(value) for value in values]
    if field.many:
        return read
    return read[0] if read else None


def _value(value: Value) -> object:
    if isinstance(value, bytes):
        return list(nodes(value))
    if isinstance(value, str):  # the library takes valid Unicode alone
        return value.encode(errors="backslashreplace").decode()
    return value


def _named(source: str, name: str, problem: str) -> ConditionError:
    found = re.search(rf"\b{re.escape(name)}\b", source)
    return _at(source, found.start() if found else 0, problem)


def _at(source: str, index: int, problem: str) -> ConditionError:
    before = source[:index]
    return ConditionError(problem, before.count("\n") + 1, index - (before.rfind("\n") + 1) + 1)


def _first_line(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]
