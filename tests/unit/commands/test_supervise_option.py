"""`--supervise`, and the configuration's `supervise`."""

from __future__ import annotations

from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from detector.commands import options
from detector.commands.sink_options import sink_options
from detector.config.settings import Settings


@click.command()
@sink_options
@options.supervise
def tell(*, settings: Settings, supervise: bool) -> None:
    """Say whether supervisors would be looked at."""
    del settings
    click.echo(supervise)


@pytest.mark.parametrize(
    ("said", "arguments", "expected"),
    [
        ("", [], "False"),
        ("", ["--supervise"], "True"),
        ("supervise = true", [], "True"),
        ("supervise = false", ["--supervise"], "True"),
    ],
)
def test_the_option_or_the_file_asks_for_it(
    tmp_path: Path, said: str, arguments: list[str], expected: str
) -> None:
    file = tmp_path / "config.toml"
    file.write_text(f"{said}\n")
    result = CliRunner().invoke(tell, ["--config", str(file), *arguments])
    assert result.stdout.strip() == expected
