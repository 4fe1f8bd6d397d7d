"""The options that ask for raced calls to be stopped, and what they come to."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import click
import msgspec

from detector.capture.enforcing import Enforcing
from detector.config.settings import Settings
from detector.errors import UsageError
from detector.model.enforcement import Mode
from detector.rules.enforceable import named_by
from detector.rules.rule import Rule


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """The options, as a command gets them."""

    mode: str | None
    blind: bool
    understood: bool


_OPTIONS = (
    click.option(
        "--enforce",
        is_flag=False,
        flag_value=Mode.REFUSE.value,
        type=click.Choice([mode.value for mode in Mode]),
        metavar="[=kill|=dry-run]",
        help="Refuse raced calls that a rule with `enforce: true` names (EPERM; docs/enforce.md); "
        "kill: send the caller SIGKILL instead; dry-run: only show what would be refused.",
    ),
    click.option(
        "--enforce-blind",
        is_flag=True,
        help="With --enforce: treat calls that cannot be judged as raced ones, where a rule names "
        "`blind`.",
    ),
    click.option(
        "--i-understand",
        is_flag=True,
        help="--enforce makes other programs' calls fail: it asks for this, too.",
    ),
)


def enforce_options(function: Callable[..., None]) -> Callable[..., None]:
    """Add the options to a command, which takes them all as `asked`."""

    @functools.wraps(function)
    def with_asked(
        *, enforce: str | None, enforce_blind: bool, i_understand: bool, **others: Any
    ) -> None:
        asked = Asked(mode=enforce, blind=enforce_blind, understood=i_understand)
        function(asked=asked, **others)

    for option in reversed(_OPTIONS):
        with_asked = option(with_asked)
    return with_asked


def enforcing(asked: Asked, settings: Settings, rules: tuple[Rule, ...]) -> Enforcing | None:
    """Put the options together; None: nothing is stopped.

    Raises UsageError where nothing could be stopped, or nobody said that it is understood, and
    RuleError where the rules are too many for the kernel.
    """
    if asked.mode is None:
        if asked.blind:
            raise UsageError("--enforce-blind says what --enforce refuses: give --enforce, too")
        return None
    if not (asked.understood or settings.i_understand_enforcement):
        raise UsageError(
            "--enforce makes calls of other programs fail: add --i-understand, or the line "
            "`i_understand_enforcement = true` to the configuration file"
        )
    named = named_by(rules)
    if not named:
        raise UsageError(
            "--enforce stops calls that a rule with `enforce: true` names, and none has it: see "
            "docs/enforce.md for one, and give it by --rules"
        )
    if asked.blind and not any(one.blind for one in named):
        raise UsageError(
            "--enforce-blind: no rule with `enforce: true` names blind calls: write "
            "`kind: [race, restore, blind]` in one"
        )
    return Enforcing(mode=Mode(asked.mode), blind=asked.blind)
