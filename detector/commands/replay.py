"""`toctrace replay CASE...`: recordings judged again, without root, bcc, or their host."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click
import structlog

from detector import __version__
from detector.commands import options
from detector.exits import Exit
from detector.live.verdict import Allowed, judged_by
from detector.log import set_up_log
from detector.model.finding import Finding, Severity
from detector.recording.case import find_recordings
from detector.recording.reading import Gap
from detector.recording.records import Header
from detector.recording.replay import replay
from detector.render.jsonl import finding_line, observation_line
from detector.render.meta import Meta
from detector.render.observation_text import render_observation
from detector.render.text import render_finding
from detector.rules.load import load_rule_set
from detector.rules.places import rule_places

WORST_FIRST = (Exit.FOUND, Exit.UNOBSERVED, Exit.DEGRADED)

log: structlog.stdlib.BoundLogger = structlog.get_logger()


@click.command(short_help="judge recordings again, on any machine")
@click.argument(
    "cases", metavar="CASE...", nargs=-1, required=True, type=click.Path(path_type=Path)
)
@options.rules
@options.allow_degraded
@options.fail_on
@options.format_
@options.log_format
@options.verbose
def command(
    *,
    cases: tuple[Path, ...],
    rules: tuple[Path, ...],
    allow_degraded: bool,
    fail_on: str,
    format_: str,
    log_format: str,
    verbose: bool,
) -> None:
    """Judge recordings again by today's rules, as if they were seen now; CASE: a folder or a file.

    The findings are those of the live run, each recording's in order, and its observation after
    them. What is damaged or cut is said, and the rest is judged.

    Exit status: 10 for findings at or above --fail-on; 11 when nothing could be observed when one
    was recorded; 12 when something was missed then, or a recording is broken now; else 0.
    """
    set_up_log(as_json=log_format == "json", verbose=verbose)
    allowed = Allowed(fail_on=Severity(fail_on), degraded=allow_degraded)
    colour = format_ == "text" and options.colour_wanted(sys.stdout)
    judged_with = load_rule_set(rule_places(rules, os.environ)).rules
    statuses: set[int] = set()

    def show(finding: Finding, header: Header) -> None:
        meta = meta_of(header)
        if format_ == "jsonl":
            click.echo(finding_line(finding, meta))
        else:
            click.echo(render_finding(finding, meta, colour=colour), color=colour)

    for path in find_recordings(cases):
        replayed = replay(path, judged_with, show, _broken)
        if replayed.header is None or replayed.observation is None:
            log.error("recording_unreadable", recording=path.run, case=str(path.folder))
            statuses.add(Exit.DEGRADED)
            continue
        observation = judged_by(replayed.observation, allowed)
        meta = meta_of(replayed.header)
        if format_ == "jsonl":
            click.echo(observation_line(observation, meta))
        else:
            click.echo(render_observation(observation, colour=colour), color=colour)
        statuses.add(observation.tool_status)
    raise SystemExit(next((code for code in WORST_FIRST if code in statuses), Exit.CLEAN))


def meta_of(header: Header) -> Meta:
    """Give what a renderer must be told: the host is the recording's, the judgement today's."""
    return Meta(
        run=header.beginning.run,
        host=header.host,
        boot_id=header.boot_id,
        kernel=header.beginning.kernel,
        version=__version__,
    )


def _broken(gap: Gap) -> None:
    log.warning("recording_broken", file=gap.file, offset=gap.offset, reason=gap.reason)
