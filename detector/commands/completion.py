"""`toctrace completion SHELL`: what makes a shell complete toctrace's words."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

SHELLS = ("bash", "zsh", "fish")
VARIABLE = "_TOCTRACE_COMPLETE"
"""By this variable the shell's function asks the command for words (click's convention)."""


@click.command(name="completion")
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_context
def command(ctx: click.Context, *, shell: str) -> None:
    """Print the completion script for SHELL.

    bash: toctrace completion bash > /etc/bash_completion.d/toctrace; zsh: the same into a file
    _toctrace on $fpath; fish: into ~/.config/fish/completions/toctrace.fish.
    """
    root = ctx.find_root()
    found = get_completion_class(shell)
    assert found is not None  # noqa: S101  (Choice said so)
    click.echo(found(root.command, {}, "toctrace", VARIABLE).source())
