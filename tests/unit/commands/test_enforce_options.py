"""What --enforce asks for before anything is stopped."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from detector.capture.enforcing import Enforcing
from detector.commands import watch
from detector.commands.enforce_options import Asked, enforcing
from detector.config.settings import Settings
from detector.errors import UsageError
from detector.model.enforcement import Mode
from detector.rules.load import shipped_rules
from detector.rules.rule import Rule
from tests.unit.rules.writing import make_rule

RACED = make_rule(enforce=True, match={"kind": ["race", "restore"]})
BLIND = make_rule(enforce=True, match={"kind": ["race", "restore", "blind"]})


def asked(mode: str | None = "refuse", *, blind: bool = False, understood: bool = True) -> Asked:
    return Asked(mode=mode, blind=blind, understood=understood)


def read(options: Asked, *rules: Rule, settings: Settings | None = None) -> Enforcing | None:
    return enforcing(options, settings or Settings(), rules)


def test_it_is_off_by_default() -> None:
    assert read(asked(None), RACED) is None


@pytest.mark.parametrize("mode", [mode.value for mode in Mode])
def test_each_mode_is_what_was_asked_for(mode: str) -> None:
    assert read(asked(mode), RACED) == Enforcing(mode=Mode(mode))


@pytest.mark.parametrize("mode", [mode.value for mode in Mode])
def test_it_is_never_on_without_being_understood(mode: str) -> None:
    with pytest.raises(UsageError, match="add --i-understand, or the line"):
        read(asked(mode, understood=False), RACED)


def test_a_line_of_the_configuration_says_the_same() -> None:
    settings = Settings(i_understand_enforcement=True)
    assert read(asked(understood=False), RACED, settings=settings)


def test_without_an_enforcing_rule_there_is_nothing_to_stop() -> None:
    with pytest.raises(UsageError, match="none has it"):
        read(asked(), *shipped_rules())


def test_blind_calls_are_stopped_only_where_a_rule_names_them() -> None:
    assert read(asked(blind=True), BLIND) == Enforcing(mode=Mode.REFUSE, blind=True)
    with pytest.raises(UsageError, match="no rule with `enforce: true` names blind calls"):
        read(asked(blind=True), RACED)
    with pytest.raises(UsageError, match="give --enforce, too"):
        read(asked(None, blind=True), BLIND)


@pytest.mark.parametrize("argument", ["--enforce", "--enforce=kill", "--enforce=dry-run"])
def test_the_command_line_is_a_wrong_one_without_understanding(argument: str) -> None:
    done = CliRunner().invoke(watch.command, [argument, "--duration", "0"])
    assert isinstance(done.exception, UsageError)
    assert "--i-understand" in str(done.exception)


def test_a_mode_that_there_is_not_is_a_wrong_command_line() -> None:
    assert CliRunner().invoke(watch.command, ["--enforce=maim"]).exit_code == 2
