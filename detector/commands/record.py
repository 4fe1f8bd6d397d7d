"""`toctrace record`: watch, and keep everything that is seen in a case folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from detector.commands import options, recording_options, sink_options, watch


@click.command(short_help="watch, and keep all that is seen in a case folder")
@click.option(
    "-o",
    "--output",
    "case",
    type=click.Path(path_type=Path),
    required=True,
    metavar="CASE",
    help="The case folder; made where it is not there.",
)
@watch.filters
@recording_options.bounds
@sink_options.declared
@options.every
@options.rules
@options.allow_degraded
@options.fail_on
@options.backend
@options.syscalls
@options.supervise
@options.format_
@options.log_format
@options.verbose
@click.pass_context
def command(ctx: click.Context, /, *, case: Path, **given: Any) -> None:
    """Keep every call that is seen, to be judged again by `replay`; show findings as `watch` does.

    Ends on SIGINT, SIGTERM, --duration or --max-calls. What is in the case is whole whenever the
    tool is killed, up to its last half second.

    Exit status: as `watch` has it.
    """
    ctx.invoke(watch.command, record=case, **given)
