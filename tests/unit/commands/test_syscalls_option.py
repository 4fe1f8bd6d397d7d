"""`--syscalls`, and the configuration's `syscalls`: which calls are watched."""

from __future__ import annotations

from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from detector.commands import options
from detector.commands.sink_options import sink_options
from detector.config.settings import Settings
from detector.syscalls.entry import Syscall
from detector.syscalls.table import SYSCALLS, chosen


@click.command()
@sink_options
@options.syscalls
def tell(*, settings: Settings, syscalls: tuple[Syscall, ...]) -> None:
    """Say which calls would be watched."""
    del settings
    click.echo(",".join(syscall.name for syscall in syscalls))


def run(*arguments: str) -> Result:
    return CliRunner().invoke(tell, list(arguments))


@pytest.fixture
def config(tmp_path: Path) -> str:
    file = tmp_path / "config.toml"
    file.write_text('syscalls = ["mbind"]\n')
    return str(file)


def test_all_but_the_hot_are_watched_where_none_is_named() -> None:
    assert run().stdout.strip() == "migrate_pages,mbind,set_mempolicy"


def test_a_hot_call_is_watched_where_it_is_named() -> None:
    assert run("--syscalls", "connect,mbind").stdout.strip() == "mbind,connect"


def test_those_that_are_named_are_watched_in_the_tables_order() -> None:
    assert run("--syscalls", "set_mempolicy, migrate_pages").stdout.strip() == (
        "migrate_pages,set_mempolicy"
    )


def test_the_command_line_goes_before_the_file(config: str) -> None:
    assert run("--config", config).stdout.strip() == "mbind"
    assert run("--config", config, "--syscalls", "set_mempolicy").stdout.strip() == "set_mempolicy"


@pytest.mark.parametrize("names", ["mbnd", "", "mbind,", "get_mempolicy"])
def test_a_name_that_cannot_be_watched_is_a_usage_error(names: str) -> None:
    result = run("--syscalls", names)
    assert result.exit_code == 2
    assert "--syscalls" in result.stderr


def test_no_name_chooses_every_call_that_is_not_hot() -> None:
    assert chosen(()) == tuple(syscall for syscall in SYSCALLS if not syscall.hot)
