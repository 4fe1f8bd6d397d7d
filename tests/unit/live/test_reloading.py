"""Rules read again while a run goes on."""

from __future__ import annotations

from pathlib import Path

import pytest
from structlog.testing import capture_logs

from detector.errors import RuleError
from detector.live.reloading import Reloading
from detector.model.finding import Severity
from detector.rules.load import RuleSet, load_rule_set
from detector.rules.places import Place
from tests.unit.rules.writing import rule_text


def write(folder: Path, name: str = "t", **keys: object) -> None:
    (folder / f"{name}.yaml").write_text(rule_text(id=name, **keys))


def reloading(*folders: Path) -> Reloading:
    def read() -> RuleSet:
        return load_rule_set([Place(path=folder) for folder in folders])

    return Reloading(read)


def test_a_broken_first_set_is_an_error(tmp_path: Path) -> None:
    write(tmp_path, priority="bad")
    with pytest.raises(RuleError):
        reloading(tmp_path)


def test_what_changed_is_used_and_named(tmp_path: Path) -> None:
    write(tmp_path)
    write(tmp_path, "goes")
    write(tmp_path, "stays")
    rules = reloading(tmp_path)
    assert rules.notes() == ()
    write(tmp_path, priority="alert")
    write(tmp_path, "comes")
    (tmp_path / "goes.yaml").unlink()
    with capture_logs() as logs:
        rules.again()
    assert [log["changed"] for log in logs] == [["+comes", "-goes", "~t"]]
    assert {rule.id: rule.priority for rule in rules.current.rules} == {
        "comes": Severity.INFO,
        "stays": Severity.INFO,
        "t": Severity.ALERT,
    }
    assert rules.notes() == ("rules were read again 1 times while watching: +comes, -goes, ~t",)


def test_a_broken_file_keeps_every_old_rule_and_says_why(tmp_path: Path) -> None:
    write(tmp_path)
    write(tmp_path, "good")
    rules = reloading(tmp_path)
    before = rules.current
    write(tmp_path, priority="bad")
    write(tmp_path, "good", priority="alert")
    with capture_logs() as logs:
        rules.again()
        rules.again()
    assert rules.current is before
    assert {log["event"] for log in logs} == {"rules_kept"}
    assert "t.yaml:" in logs[0]["reason"]
    assert "`bad` is no priority" in logs[0]["reason"]
    (note,) = rules.notes()
    assert note.startswith("rules could not be read again 2 times, and the old ones were kept")
    assert "`bad` is no priority" in note

    write(tmp_path, priority="crit")
    rules.again()
    assert {rule.priority for rule in rules.current.rules} == {Severity.CRIT, Severity.ALERT}
    assert len(rules.notes()) == 2


def test_a_rule_that_takes_the_place_of_another_is_logged(tmp_path: Path) -> None:
    first, second = tmp_path / "a", tmp_path / "b"
    for folder in (first, second):
        folder.mkdir()
        write(folder)
    with capture_logs() as logs:
        reloading(first, second)
    (log,) = logs
    assert (log["event"], log["rule"]) == ("rule_overridden", "t")
    assert (log["by"], log["was"]) == (str(second / "t.yaml"), str(first / "t.yaml"))
