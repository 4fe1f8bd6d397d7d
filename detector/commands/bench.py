"""`toctrace bench`: what watching costs on this host."""

from __future__ import annotations

import click
import msgspec
import structlog

from detector.bench.measure import measure
from detector.bench.text import render
from detector.capture.backends import KPROBE, TRACEPOINT
from detector.commands import options
from detector.doctor.host import Host
from detector.doctor.kprobe_checks import absent
from detector.live.results import new_run_id
from detector.log import set_up_log

log: structlog.stdlib.BoundLogger = structlog.get_logger()


@click.command(name="bench", short_help="measure what watching costs here")
@click.option(
    "--calls",
    type=click.IntRange(min=100, max=2500),
    default=2000,
    show_default=True,
    help="Calls of one measurement: what they leave must fit in the ring buffer.",
)
@click.option(
    "--rounds",
    type=click.IntRange(min=1),
    default=10,
    show_default=True,
    help="How often each variant has its turn.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the figures as one JSON object.")
@options.log_format
@options.verbose
def command(*, calls: int, rounds: int, as_json: bool, log_format: str, verbose: bool) -> None:
    """Measure what watching costs: each call, the start, memory, and judging.

    Each backend is attached and detached in turn, with and without its gate, and so are programs
    that do nothing at the same places. Run it on a quiet host: what it can watch is
    watched everywhere on it meanwhile. The calls are of migrate_pages.

    Exit status: 11 where no backend attaches; else 0.
    """
    set_up_log(as_json=log_format == "json", verbose=verbose, run=new_run_id())
    backend = TRACEPOINT if absent(Host()) else KPROBE
    measured = measure(backend, calls, rounds, lambda step: log.info("bench", step=step))
    if as_json:
        click.echo(msgspec.json.format(msgspec.json.encode(measured), indent=2))
    else:
        click.echo(render(measured), nl=False)
