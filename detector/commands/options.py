"""Options that several commands share, and what they are read into."""

from __future__ import annotations

import os
from pathlib import Path
from typing import IO

import click

from detector.config import readers
from detector.errors import UsageError
from detector.model.finding import Severity
from detector.writers.limits import HOLD_S, WORDS

log_format = click.option(
    "--log-format",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="How the tool's own log is written to stderr.",
)
format_ = click.option(
    "--format",
    "format_",
    type=click.Choice(["text", "jsonl"]),
    default="text",
    show_default=True,
    help="How results are written to stdout.",
)
verbose = click.option("-v", "--verbose", is_flag=True, help="Log what is done, not only trouble.")
backend = click.option(
    "--backend",
    type=click.Choice(["kprobe", "fentry", "tracepoint"]),
    help="How calls are seen: by kprobe; where kprobes are refused, by tracepoint instead.",
)
gate = click.option(
    "--gate/--no-gate",
    default=True,
    show_default=True,
    help="Compare in the kernel, and send up only calls with a difference.",
)


def _names(_: click.Context, __: click.Parameter, value: str | None) -> tuple[str, ...] | None:
    """Read names with commas between them; None: not said. Raises click.BadParameter."""
    if value is None:
        return None
    try:
        return tuple(readers.syscall(name.strip()) for name in value.split(","))
    except UsageError as error:
        raise click.BadParameter(f"{value!r}: {error}") from None


syscalls = click.option(
    "--syscalls",
    callback=_names,
    metavar="NAME[,NAME...]",
    help="Watch only these system calls; `toctrace syscalls` lists them. Default: all but the hot.",
)
name_writer = click.option(
    "--name-writer",
    is_flag=True,
    help=f"Once a task has raced, watch its masks for {HOLD_S} s and name who writes them: thread, "
    f"instruction and stack. At most {WORDS} words at once, by debug registers; a watched "
    "writer is slow.",
)
supervise = click.option(
    "--supervise",
    is_flag=True,
    help="Look where a seccomp-notify or ptrace supervisor is asked, too (docs/supervise.md): "
    "tasks that have one are slower.",
)
fail_on = click.option(
    "--fail-on",
    type=click.Choice([severity.value for severity in Severity]),
    default=Severity.WARNING.value,
    show_default=True,
    help="Exit 10 for findings at least this severe.",
)
allow_degraded = click.option(
    "--allow-degraded",
    is_flag=True,
    help="Accept a missing stage or a loss: exit 0 instead of 12.",
)
rules = click.option(
    "--rules",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="PATH",
    help="More rules: a file or a folder; one overrides those of its id (may be repeated).",
)
every = click.option(
    "--all",
    "every",
    is_flag=True,
    help="JSON Lines keep each finding, in place of alerts that count repeated ones.",
)


def colour_wanted(stream: IO[str]) -> bool:
    """Whether to colour: on a terminal alone, and not with NO_COLOR set (no-color.org)."""
    return bool(stream.isatty()) and not os.environ.get("NO_COLOR")
