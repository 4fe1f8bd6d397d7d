"""`toctrace report CASE...`: a judged case as one page for a person."""

from __future__ import annotations

import os
import time
from pathlib import Path

import click

from detector import __version__
from detector.commands import options
from detector.commands.replay import meta_of
from detector.errors import UsageError
from detector.exits import Exit
from detector.live.verdict import Allowed, judged_by
from detector.output.whole_file import check_writable, write_whole
from detector.recording.case import RecordingPath, find_recordings
from detector.recording.replay import replay
from detector.report import html, markdown
from detector.report.judged import Gathering, JudgedCase, JudgedRecording
from detector.rules.load import load_rule_set
from detector.rules.places import rule_places
from detector.rules.rule import Rule

FORMATS = {"html": html.render, "md": markdown.render}


@click.command(short_help="show recordings as one page")
@click.argument(
    "cases", metavar="CASE...", nargs=-1, required=True, type=click.Path(path_type=Path)
)
@click.option(
    "-o", "--output", type=click.Path(path_type=Path), help="Where it goes; else to stdout."
)
@click.option(
    "--format",
    "format_",
    type=click.Choice(list(FORMATS)),
    default="html",
    show_default=True,
    help="One HTML file that needs nothing else, or Markdown for a ticket.",
)
@options.rules
@click.option("--title", help="What the page is called; else the names of the cases.")
def command(
    *,
    cases: tuple[Path, ...],
    output: Path | None,
    format_: str,
    rules: tuple[Path, ...],
    title: str | None,
) -> None:
    """Judge recordings by today's rules, and show the case; CASE: a folder or a file.

    What could not be seen stands first; then the findings, each with its masks bit by bit.

    Exit status: 0 when the page was written; 12 when a recording could not be read.
    """
    if output is not None:
        check_writable(output)
    judged_with = load_rule_set(rule_places(rules, os.environ)).rules
    recordings: list[JudgedRecording] = []
    unread: list[str] = []
    for path in find_recordings(cases):
        judged = _judged(path, judged_with)
        if isinstance(judged, str):
            unread.append(judged)
        else:
            recordings.append(judged)
    case = JudgedCase(
        title=title or ", ".join(case.name or str(case) for case in cases),
        recordings=tuple(recordings),
        unread=tuple(unread),
        version=__version__,
        made_unix_ns=time.time_ns(),
    )
    text = FORMATS[format_](case) + "\n"
    if output is None:
        click.echo(text, nl=False)
    elif failure := write_whole(output, text):
        raise UsageError(f"--output {failure}")
    raise SystemExit(Exit.DEGRADED if unread else Exit.CLEAN)


def _judged(path: RecordingPath, rules: tuple[Rule, ...]) -> JudgedRecording | str:
    """Judge one recording; or say why it cannot be."""
    gathering = Gathering()
    replayed = replay(path, rules, lambda finding, _: gathering.add(finding))
    if replayed.header is None or replayed.observation is None:
        return f"{path.run}: {'; '.join(map(str, replayed.gaps)) or 'it has no header'}"
    return gathering.judged(meta_of(replayed.header), judged_by(replayed.observation, Allowed()))
