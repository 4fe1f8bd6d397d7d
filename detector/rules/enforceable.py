"""What of a rule the kernel itself can check: the callers that it names, as ranges of numbers.

At the hook the kernel knows who called, and what entry and copy held. It does not know yet what
exit will hold, nor anything of the process that user space looks up. A rule with `enforce: true`
that asks for more is refused: it would stop calls that it does not name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import product
from math import prod

import msgspec

from detector.errors import RuleError
from detector.model.judgement import Kind
from detector.rules.accept import Accept, Between, Equal
from detector.rules.match import Test
from detector.rules.rule import Rule
from detector.syscalls.table import BY_NAME

MOST_CLAUSES = 64
"""bpf/records.h: TOCTRACE_CLAUSES; of all enforcing rules together."""
CHECKED = ("uid", "gid", "cgroup")
"""The fields of the caller that the kernel checks: none that it can choose freely."""
LARGEST = (1 << 64) - 1

_MUST = (Kind.RACE, Kind.RESTORE)
_MAY = (*_MUST, Kind.BLIND)


class Span(msgspec.Struct, frozen=True):
    """Numbers from `least` to `most`, both included."""

    least: int = 0
    most: int = LARGEST


class Callers(msgspec.Struct, frozen=True, kw_only=True):
    """Callers that are in every one of the ranges."""

    uid: Span = Span()
    gid: Span = Span()
    cgroup: Span = Span()


class Named(msgspec.Struct, frozen=True, kw_only=True):
    """Whom an enforcing rule names."""

    rule: str
    callers: tuple[Callers, ...]
    excepted: tuple[Callers, ...] = ()
    blind: bool = False
    """Whether it names blind calls too."""


class Obstacle(msgspec.Struct, frozen=True):
    """What the kernel cannot check, and the remedy."""

    key: str
    """The rule's key that it stands under."""
    name: str
    """The field, or `any` or `none`, below that key; empty: the key itself."""
    text: str


def obstacles(rule: Rule) -> Iterator[Obstacle]:
    """Give everything for which a rule with `enforce: true` is refused."""
    match = rule.match
    if rule.condition is not None:
        yield Obstacle("condition", "", "the kernel evaluates no condition: say it in `match`")
    if match.alternatives:
        yield Obstacle("match", "any", "the kernel checks no `any`: write a rule for each")
    if match.exclusions:
        yield Obstacle("match", "none", "the kernel checks no `none`: write it as `exceptions`")
    tests = {test.field.name: test for test in match.tests}
    yield from _kind_obstacles(tests.get("kind"))
    yield from _syscall_obstacles(tests.get("syscall"))
    for name in tests:
        if name not in {"kind", "syscall", *CHECKED}:
            yield Obstacle("match", name, _unchecked(name))
    for exception in rule.exceptions:
        names = {test.field.name for entry in exception.entries for test in entry}
        for name in sorted(names.difference(CHECKED)):
            where = f" (exception `{exception.name}`)"
            yield Obstacle("exceptions", exception.name, _unchecked(name) + where)
    entries = [entry for exception in rule.exceptions for entry in exception.entries]
    count = sum(_combinations(entry) for entry in (match.tests, *entries))
    if count > MOST_CLAUSES:
        many = f"this makes {count:,} combinations, and the kernel checks at most {MOST_CLAUSES}"
        yield Obstacle("match", "", f"{many}: use ranges")


def named_by(rules: Iterable[Rule]) -> tuple[Named, ...]:
    """Give whom each enabled rule with `enforce: true` names; none of them has an obstacle.

    Raises RuleError where they are too many together.
    """
    found = tuple(_named(rule) for rule in rules if rule.enforce and rule.enabled)
    count = sum(len(one.callers) + len(one.excepted) for one in found)
    if count > MOST_CLAUSES:
        raise RuleError(
            f"--enforce: {', '.join(one.rule for one in found)} make {count} clauses together, "
            f"and the kernel checks {MOST_CLAUSES} at most: use ranges, or fewer rules"
        )
    return found


def _unchecked(name: str) -> str:
    checked = ", ".join(f"`{field}`" for field in CHECKED)
    return f"the kernel cannot check `{name}`: ask for {checked}, or leave out `enforce: true`"


def _kind_obstacles(test: Test | None) -> Iterator[Obstacle]:
    kinds = {str(a.value) for a in test.accepted if isinstance(a, Equal)} if test else set(Kind)
    place = "kind" if test else ""
    wanted = f"write `kind: [{', '.join(_MUST)}]`"
    if not kinds.issuperset(_MUST):
        why = "before a call ends the kernel cannot tell whether its tracks will be covered"
        yield Obstacle("match", place, f"{why}: {wanted}")
    elif not kinds.issubset(_MAY):
        more = " or ".join(kind for kind in Kind if kind in kinds.difference(_MAY))
        why = f"a call becomes {more} after the place where it could be stopped"
        yield Obstacle("match", place, f"{why}: {wanted}")


def _syscall_obstacles(test: Test | None) -> Iterator[Obstacle]:
    for accept in test.accepted if test else ():
        name = str(accept.value) if isinstance(accept, Equal) else ""
        if name in BY_NAME and not BY_NAME[name].hook:
            why = f"{name} has no hook between its copy and its use"
            yield Obstacle("match", "syscall", f"{why}: name calls that have one")


def _named(rule: Rule) -> Named:
    kinds = next((test for test in rule.match.tests if test.field.name == "kind"), None)
    entries = [entry for exception in rule.exceptions for entry in exception.entries]
    return Named(
        rule=rule.id,
        callers=_callers(rule.match.tests),
        excepted=tuple(callers for entry in entries for callers in _callers(entry)),
        blind=kinds is not None and Equal(Kind.BLIND.value) in kinds.accepted,
    )


def _combinations(tests: Iterable[Test]) -> int:
    """Count the clauses that `_callers` makes of the tests, at most, without making them."""
    return prod(len(test.accepted) for test in tests if test.field.name in CHECKED)


def _callers(tests: tuple[Test, ...]) -> tuple[Callers, ...]:
    """Write out tests, each of which accepts one of several ranges, as ranges that all hold."""
    spans = {
        test.field.name: [span for accept in test.accepted if (span := _span(accept)) is not None]
        for test in tests
        if test.field.name in CHECKED
    }
    return tuple(
        Callers(**dict(zip(spans, chosen, strict=True))) for chosen in product(*spans.values())
    )


def _span(accept: Accept) -> Span | None:
    """Give the numbers that are accepted; None where there is none of 64 bits."""
    least, most = 0, LARGEST
    if isinstance(accept, Equal) and isinstance(accept.value, int):
        least = most = accept.value
    elif isinstance(accept, Between):
        least = least if accept.least is None else accept.least
        most = most if accept.most is None else accept.most
    least, most = max(least, 0), min(most, LARGEST)
    return Span(least, most) if least <= most else None
