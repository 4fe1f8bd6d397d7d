"""`toctrace rules` and `toctrace fields`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from detector.commands import fields, rules
from detector.errors import RuleError, UsageError
from detector.render.safe import WIDTH, columns
from detector.resources import rules_dir
from detector.rules.fields import FIELDS
from detector.rules.load import shipped_rules
from tests.unit.render.test_text import assert_safe
from tests.unit.rules.writing import rule_text

IDS = [rule.id for rule in shipped_rules()]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Use an empty home, whatever rules the one who runs this has."""
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    return folder


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(rules.command, [str(word) for word in arguments])


def write(folder: Path, name: str, **keys: object) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{name}.yaml"
    file.write_text(rule_text(id=name, **keys))
    return file


def test_list_shows_every_rule_and_the_file_that_counts(home: Path, tmp_path: Path) -> None:
    user = write(home / ".config/toctrace/rules.d", "nodemask-race", priority="alert")
    given = write(tmp_path / "more", "another", enabled=False)
    text = run("list", "--rules", given).stdout
    assert f"    from {user}\n    instead of {rules_dir()}/nodemask-race.yaml\n" in text
    assert "disabled" in text
    told = json.loads(run("list", "--json", "--rules", given.parent).stdout)
    assert [rule["id"] for rule in told["rules"]] == sorted([*IDS, "another"])
    (race,) = [rule for rule in told["rules"] if rule["id"] == "nodemask-race"]
    assert (race["severity"], race["file"]) == ("alert", str(user))
    assert race["overrides"] == [f"{rules_dir()}/nodemask-race.yaml"]


def test_list_of_a_broken_rule_is_an_error_of_ours(tmp_path: Path) -> None:
    broken = write(tmp_path, "x", priority="bad")
    assert isinstance(run("list", "--rules", broken).exception, RuleError)


def test_validate_gives_every_problem_of_every_path_and_exit_2(tmp_path: Path) -> None:
    one = write(tmp_path / "a", "one", priority="CRITICAL", match={"kin": "race"})
    two = write(tmp_path / "b", "two", tags=["X"])
    missing = tmp_path / "none"
    done = run("validate", one, two.parent, missing)
    assert done.exit_code == 2
    lines = done.stdout.splitlines()
    assert [line.split(":")[0] for line in lines] == [*[str(one)] * 2, str(two), str(missing)]
    assert all(line.split(":")[1].isdigit() for line in lines[:3])
    assert "did you mean `kind`?" in done.stdout
    assert "is written `crit` here" in done.stdout


def test_validate_of_what_is_right_says_how_many() -> None:
    done = run("validate", rules_dir())
    assert (done.exit_code, done.stdout) == (0, f"{len(IDS)} rule files: nothing is wrong\n")


def test_test_holds_the_shipped_rules_against_their_recordings() -> None:
    done = run("test")
    assert done.exit_code == 0
    assert {line.split()[0] for line in done.stdout.splitlines()} == {"ok"}
    assert {line.split()[1].rstrip(":") for line in done.stdout.splitlines()} == set(IDS)


def test_test_of_a_rule_without_recordings_is_12_and_of_one_that_fails_is_2(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "mine"
    file = write(folder, "nodemask-race", match={"kind": "race"})
    assert run("test", file).exit_code == 12
    (folder / "recordings").symlink_to(rules_dir() / "recordings")
    assert run("test", file).exit_code == 0
    write(folder, "nodemask-race", match={"kind": "late"})
    done = run("test", folder)
    assert done.exit_code == 2
    assert "FAILED  nodemask-race: fires-flip-old.jsonl: found 0 instead of 1" in done.stdout


@pytest.mark.parametrize("name", IDS)
def test_explain_says_what_it_means_what_to_do_and_what_is_none(name: str) -> None:
    text = run("explain", name).stdout
    for part in ("What it means", "What to do about it", "What is a false positive"):
        assert part in text
    assert "does not say" not in text
    assert max(map(columns, text.splitlines()[3:])) <= WIDTH


def test_explain_of_an_unknown_rule_names_the_nearest() -> None:
    error = run("explain", "nodemask-rac").exception
    assert isinstance(error, UsageError)
    assert "did you mean `nodemask-race`?" in str(error)


def test_a_hostile_rule_does_not_reach_the_terminal(tmp_path: Path) -> None:
    nasty = "\u202egnp.exe\u2066"
    file = write(tmp_path, "x", desc=nasty, response=nasty, references=[nasty])
    for arguments in (("list",), ("explain", "x")):
        assert_safe(run(*arguments, "--rules", file).stdout.replace(str(tmp_path), ""))


def test_fields_names_every_field_with_type_and_meaning() -> None:
    text = CliRunner().invoke(fields.command).stdout
    assert max(map(columns, text.splitlines())) <= WIDTH
    told = json.loads(CliRunner().invoke(fields.command, ["--json"]).stdout)
    assert [field["name"] for field in told["fields"]] == [field.name for field in FIELDS]
    for field in FIELDS:
        assert any(line.split()[:2] == [field.name, field.type] for line in text.splitlines())
