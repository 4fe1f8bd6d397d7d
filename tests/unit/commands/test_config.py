from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner

from detector.commands.config import command
from tests.unit.test_cli import toctrace


def test_a_file_without_a_problem_is_exit_0_and_names_its_sinks(tmp_path: Path) -> None:
    file = tmp_path / "c.toml"
    file.write_text('sinks = ["journald:", "syslog+udp://a"]\n')
    shown = CliRunner().invoke(command, ["check", str(file)])
    assert shown.exit_code == 0
    assert shown.stdout == f"{file}: no problem; 2 sinks: journald:, syslog+udp://a:514\n"


def test_problems_are_exit_2_one_a_line(tmp_path: Path) -> None:
    file = tmp_path / "c.toml"
    file.write_text('sinks = ["x:"]\nheartbeat = -1\n')
    shown = CliRunner().invoke(command, ["check", str(file)])
    assert shown.exit_code == 2
    assert [line.split(": ")[0] for line in shown.stdout.splitlines()] == [f"{file}:1", f"{file}:2"]


def test_what_watches_refuses_the_same(tmp_path: Path) -> None:
    file = tmp_path / "c.toml"
    file.write_text("heartbeat = -1\n")
    for arguments in (("watch",), ("run", "--", "true"), ("simulate", "--through-sinks")):
        command_line = (*arguments[:1], "--config", str(file), *arguments[1:])
        done = toctrace(*command_line)
        assert done.returncode == 2
        assert f"{file}:1: heartbeat" in done.stderr
