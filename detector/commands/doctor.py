"""`toctrace doctor`: what this host can and cannot show, each problem with its remedy."""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING, cast

import click
import msgspec
import structlog

from detector.commands.options import colour_wanted
from detector.doctor.host import Host
from detector.doctor.report import examine
from detector.doctor.text import render

if TYPE_CHECKING:
    from detector.doctor.trial import AttachTrial

TRIAL_MODULE = "detector.capture.trial"

log = structlog.get_logger()


@click.command(name="doctor")
@click.option("--json", "as_json", is_flag=True, help="Print the report as one JSON object.")
@click.option(
    "--trial/--no-trial",
    default=True,
    show_default=True,
    help="Attach the probes for proof, where the host seems able to (takes a compile).",
)
def command(*, as_json: bool, trial: bool) -> None:
    """Say what can be observed on this host, and how to put right what cannot.

    Exit: 0 everything can be observed, 12 some stages cannot, 11 nothing can.
    """
    report = examine(this_host(), load_trial if trial else no_trial)
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(report), indent=2))
    else:
        color = colour_wanted(sys.stdout)
        click.echo(render(report, color=color), nl=False, color=color)
    sys.exit(report.exit_code)


def this_host() -> Host:
    """Return the host that the command looks at."""
    return Host()


def load_trial() -> AttachTrial | None:
    """Return what attaches the probes, imported only now: it brings bcc, which may be missing."""
    try:
        module = importlib.import_module(TRIAL_MODULE)
    except ImportError as error:
        log.debug("doctor.no_trial", reason=str(error))
        return None
    return cast("AttachTrial", module.try_attach)


def no_trial() -> None:
    """Stand in for the trial where none is wanted."""
