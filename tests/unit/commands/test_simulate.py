from __future__ import annotations

import json

import pytest
from click.testing import CliRunner, Result

from detector.commands import simulate
from detector.errors import SimulationError
from detector.simulate.table import SCENARIOS


def run(*arguments: str) -> Result:
    return CliRunner().invoke(simulate.command, list(arguments))


def test_list_shows_every_scenario_within_80_columns() -> None:
    result = run("list")
    assert result.exit_code == 0
    assert [line.split()[0] for line in result.stdout.splitlines()] == list(SCENARIOS)
    assert max(map(len, result.stdout.splitlines())) <= 80


def test_help_shows_every_scenario() -> None:
    assert set(SCENARIOS) <= set(run("--help").stdout.split())


@pytest.mark.parametrize("name", SCENARIOS)
def test_expect_prints_the_truth_of_every_call_and_plays_nothing(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(simulate, "play")
    result = run(name, "--times", "3", "--expect")
    assert result.exit_code == 0
    truth = json.loads(result.stdout)
    assert (truth["scenario"], truth["times"]) == (name, 3)
    assert truth["call_count"] == len(truth["calls"]) >= 3
    for one in truth["calls"]:
        for mask in one["masks"].values():
            assert {"entry", "copy", "use", "exit", "kind", "window"} <= set(mask)


def test_playing_says_in_one_line_what_was_played() -> None:
    result = run("clean", "--times", "3")
    assert result.exit_code == 0
    assert result.stdout == "played clean 3 times: 3 calls of migrate_pages, 3 succeeded\n"
    assert result.stderr == ""


def test_an_unknown_name_is_a_usage_error_that_names_the_nearest() -> None:
    result = run("flip-odl")
    assert result.exit_code == 2
    assert "did you mean flip-old" in result.stderr


@pytest.mark.parametrize("times", ["0", "-1", "many"])
def test_a_senseless_number_is_a_usage_error(times: str) -> None:
    assert run("clean", "--times", times).exit_code == 2


def test_what_cannot_be_played_here_is_a_message_with_its_remedy(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refuse(_name: str, _times: int) -> None:
        raise SimulationError("run as root")

    monkeypatch.setattr(simulate, "play", refuse)
    result = run("flip-old")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr == "toctrace: flip-old cannot be played here: run as root\n"
