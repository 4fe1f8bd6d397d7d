from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from detector.cli import toctrace
from detector.commands import service
from detector.service import manager


def test_show_gives_the_unit_that_would_be_installed_and_says_that_systemd_does_not_run(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(service, "FOLDER", tmp_path)
    monkeypatch.setattr(service, "own_command", lambda: Path("/opt/toctrace/bin/toctrace"))
    monkeypatch.setattr(manager, "is_running", lambda: False)
    shown = CliRunner().invoke(toctrace, ["service", "show"])
    assert shown.exit_code == 0
    assert shown.stdout.startswith("# not installed; ")
    assert "ExecStart=/opt/toctrace/bin/toctrace watch --format jsonl" in shown.stdout
    assert shown.stdout.endswith("# systemd is not running on this host\n")


def test_show_gives_the_unit_that_is_installed_and_its_state(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    unit = tmp_path / service.NAME
    unit.write_text("# Written by `toctrace service install`\n[Unit]\nDescription=mine\n")
    monkeypatch.setattr(service, "FOLDER", tmp_path)
    monkeypatch.setattr(manager, "is_running", lambda: True)
    monkeypatch.setattr(manager, "state", lambda name: {"ActiveState": f"active: {name}"})
    shown = CliRunner().invoke(toctrace, ["service", "show"])
    assert shown.stdout.startswith(f"# {unit}\n# Written by")
    assert "Description=mine\n" in shown.stdout
    assert shown.stdout.endswith(f"# ActiveState=active: {service.NAME}\n")


@pytest.mark.parametrize("action", ["install", "remove"])
@pytest.mark.parametrize(("uid", "said"), [(0, "systemd is not running"), (1000, "only root")])
def test_who_cannot_change_services_is_told_so(
    action: str,
    uid: int,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: uid)
    monkeypatch.setattr(manager.is_running, "__defaults__", (Path("/none"),))
    monkeypatch.setattr(manager.check_running, "__defaults__", (Path("/none"),))
    done = CliRunner().invoke(toctrace, ["service", action])
    assert said in str(done.exception)


def _text(*arguments: str) -> str:
    return service.unit_text(Path("/opt/bin/toctrace"), arguments, [Path("/opt")])


@pytest.mark.parametrize(
    ("work", "said"),
    [
        (lambda: _text("--no-such-option"), "No such option"),
        (lambda: _text("--uid", "nobody"), "not a valid integer"),
    ],
    ids=["unknown option", "wrong value"],
)
def test_options_that_watch_refuses_are_refused_before_anything_is_written(
    work: Callable[[], str], said: str
) -> None:
    with pytest.raises(click.UsageError, match=said):
        work()


def test_options_come_after_the_services_own_and_so_win() -> None:
    assert "watch --format jsonl --verbose --format text --uid 5\n" in _text(
        "--format", "text", "--uid", "5"
    )
