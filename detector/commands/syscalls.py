"""`toctrace syscalls`: which system calls are watched, and what this kernel shows of each."""

from __future__ import annotations

import difflib

import click

from detector.doctor.host import Host
from detector.doctor.places import places
from detector.errors import UsageError
from detector.render.syscalls_document import syscalls_json
from detector.render.syscalls_text import render_syscall, render_syscalls, render_unwatched
from detector.syscalls.table import BY_NAME, SYSCALLS
from detector.syscalls.unwatched import UNWATCHED


@click.command(name="syscalls", short_help="which system calls are watched, and where")
@click.argument("name", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print the same as one JSON object.")
def command(*, name: str | None, as_json: bool) -> None:
    """Show each system call with its raceable arguments and the stages that this kernel shows.

    With NAME, show the reference page of that call: its arguments, probes, an example of a
    finding, and what cannot be seen of it.
    """
    unwatched = tuple(call for call in UNWATCHED if name in {None, call.name})
    syscalls = tuple(call for call in SYSCALLS if name in {None, call.name})
    if not syscalls and not unwatched:
        raise UsageError(_unknown(name or ""))
    here = places(Host())
    if as_json:
        click.echo(syscalls_json(syscalls, here, unwatched))
    elif name is None:
        click.echo(render_syscalls(syscalls, here))
    elif unwatched:
        click.echo(render_unwatched(unwatched[0]))
    else:
        click.echo(render_syscall(syscalls[0], here))


def _unknown(name: str) -> str:
    known = (*BY_NAME, *(call.name for call in UNWATCHED))
    near = difflib.get_close_matches(name, known, n=1)
    hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(known)}"
    return f"no system call of the table is called {name!r}: {hint}"
