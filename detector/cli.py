"""The command line: one word each, loaded only when called."""

from __future__ import annotations

import errno
import importlib
import sys

import click

from detector import __version__
from detector.errors import AttachError, ObservationError, ToctraceError
from detector.exits import Exit
from detector.log import set_up_log
from detector.render.safe import safe

GROUPS = {
    "Before watching": {
        "doctor": "what this host can and cannot show, with remedies",
        "simulate": "harmless races with a known truth",
        "bench": "what watching costs on this host",
        "syscalls": "which system calls are watched, and what this kernel shows of each",
        "config": "check the configuration file",
    },
    "Watching": {
        "watch": "show findings live, until stopped",
        "run": "run a command and watch it with all its descendants",
        "service": "watch as a service of systemd",
    },
    "For the shell": {
        "completion": "print the completion script of bash, zsh or fish",
    },
    "Rules": {
        "rules": "list, check, test and explain the rules",
        "fields": "what a rule can match on, with type and meaning",
    },
    "Evidence": {
        "record": "watch, and keep all that is seen in a case folder",
        "replay": "judge recordings again, on any machine",
        "hunt": "search the recordings of many hosts",
        "verify": "check that recordings are whole",
        "report": "show recordings as one page",
    },
}


EXHAUSTED = {
    errno.EMFILE: "let it open more (ulimit -n)",
    errno.ENFILE: "the whole host has no more (fs.file-max)",
    errno.ENOMEM: "let it have more memory",
}
"""What a host can run out of before anything is watched, and what to do about it."""


class Commands(click.Group):
    """Subcommands by name; each is imported when it is used, so that `--help` is quick."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Give every name, in the order of the groups."""
        del ctx
        return [name for group in GROUPS.values() for name in group]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one command; None for a name that is not there."""
        if cmd_name not in self.list_commands(ctx):
            return None
        module = importlib.import_module(f"detector.commands.{cmd_name}")
        found: click.Command = module.command
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the groups without importing a command."""
        del ctx
        for title, group in GROUPS.items():
            with formatter.section(title):
                formatter.write_dl(list(group.items()))


@click.command(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 clean and complete; 2 usage; 10 findings at or above --fail-on; 11 could "
    "not observe; 12 clean as far as seen, but something is missing.",
)
@click.version_option(__version__, prog_name="toctrace")
def toctrace() -> None:
    """Catch time-of-check/time-of-use races on Linux system-call arguments."""


def main() -> None:
    """Run the command line; an error of ours becomes one line and its exit code."""
    set_up_log()
    try:
        toctrace(prog_name="toctrace")
    except ToctraceError as error:
        told = "\n".join(map(safe, str(error).splitlines()))
        sys.stderr.write(f"toctrace: {told}\n")
        raise SystemExit(_code(error)) from None
    except OSError as error:
        if error.errno not in EXHAUSTED:
            raise
        sys.stderr.write(f"toctrace: {error.strerror}: {EXHAUSTED[error.errno]}\n")
        raise SystemExit(Exit.UNOBSERVED) from None


def _code(error: ToctraceError) -> Exit:
    """Give the exit code of an error that ends the tool."""
    return Exit.UNOBSERVED if isinstance(error, ObservationError | AttachError) else Exit.USAGE
