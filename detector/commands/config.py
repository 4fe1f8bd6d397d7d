"""`toctrace config`: the configuration file, looked at before it is needed."""

from __future__ import annotations

from pathlib import Path

import click

from detector.config.file import DEFAULT_PATH, check_config
from detector.exits import Exit
from detector.render.verdict import counted


@click.group(short_help="check the configuration file")
def command() -> None:
    """Look at the configuration file."""


@command.command(name="check")
@click.argument("file", type=click.Path(path_type=Path), default=DEFAULT_PATH)
@click.pass_context
def check(ctx: click.Context, file: Path) -> None:
    """List every problem of FILE (default: /etc/toctrace/config.toml), each with its place.

    What it names (rules, certificates, folders) must be there; nothing is connected to. Exit
    status: 0 without a problem, else 2.
    """
    checked = check_config(file)
    for problem in checked.problems:
        click.echo(problem)
    if checked.problems:
        ctx.exit(Exit.USAGE)
    sinks = [url.label for url in checked.settings.sinks]
    click.echo(
        f"{file}: no problem; {counted(len(sinks), 'sink')}{': ' if sinks else ''}", nl=False
    )
    click.echo(", ".join(sinks))
