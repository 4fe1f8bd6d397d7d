"""`toctrace service`: the systemd unit, installed, removed and shown."""

from __future__ import annotations

import os
from pathlib import Path

import click

import detector
from detector.commands.watch import command as watch
from detector.errors import ServiceError, UsageError
from detector.resources import unit_file
from detector.service import manager
from detector.service.command import own_command
from detector.service.install import FOLDER, NAME, check_root, install, is_ours, remove
from detector.service.trusted import check_trusted
from detector.service.unit import protect_home, render_unit

ALWAYS = ("watch", "--format", "jsonl", "--verbose")
"""What the service runs, before the options that it was installed with."""


@click.group(name="service")
def command() -> None:
    """Run `toctrace watch` as a service of systemd."""


@command.command(name="install")
@click.option(
    "--config",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Configuration file for the service's `toctrace watch --config`.",
)
@click.argument("arguments", metavar="[-- WATCH OPTIONS...]", nargs=-1, type=click.UNPROCESSED)
def install_(*, config: Path | None, arguments: tuple[str, ...]) -> None:
    """Write the unit for this very command, and let systemd read it. Needs root.

    What follows `--` is handed to `toctrace watch`.
    """
    check_root()
    manager.check_running()
    trusted = [own_command(), Path(detector.__file__)]
    if config is not None:
        config = Path(os.path.abspath(config))  # noqa: PTH100  (links stay)
        trusted.append(config)
        arguments = ("--config", str(config), *arguments)
    for path in trusted:
        check_trusted(path)
    text = unit_text(trusted[0], arguments, trusted)
    for done in install(text):
        click.echo(done)
    click.echo(f"next: systemctl enable --now {NAME}")


@command.command(name="remove")
def remove_() -> None:
    """Stop the service, disable it, and remove its unit. Needs root."""
    for done in remove():
        click.echo(done)


@command.command()
def show() -> None:
    """Print the unit and its state; where none is installed, the one that would be."""
    path = FOLDER / NAME
    try:
        installed = is_ours(path)
    except UsageError as error:
        click.echo(f"# {error}")
        installed = False
    if installed:
        click.echo(f"# {path}")
        click.echo(path.read_text(encoding="utf-8"), nl=False)
    else:
        click.echo(f"# not installed; `toctrace service install` would write {path}:")
        own = own_command()
        click.echo(unit_text(own, (), [own, Path(detector.__file__)]), nl=False)
    if not manager.is_running():
        click.echo(f"\n# {manager.NOT_RUNNING}")
        return
    try:
        state = manager.state(NAME)
    except ServiceError as error:
        click.echo(f"\n# {error}")
        return
    click.echo()
    for name, value in state.items():
        click.echo(f"# {name}={value}")


def unit_text(own: Path, arguments: tuple[str, ...], needed: list[Path]) -> str:
    """Give the unit that starts `own` so. Raises click.UsageError for what `watch` refuses."""
    words = (*ALWAYS[1:], *arguments)
    watch.make_context("toctrace watch", list(words)).close()
    template = unit_file().read_text(encoding="utf-8")
    home = protect_home([path.resolve() for path in needed])
    return render_unit(template, own, (*ALWAYS, *arguments), home)
