"""Markdown (CommonMark with GitHub's tables): a job's summary, or a ticket.

Hostile text stands in indented code blocks, which nothing inside can end, or has every mark that
could begin anything escaped (CommonMark 0.31, section 2.4; links, mentions and emoji of GitHub's).
"""

from __future__ import annotations

from detector.render.observation_text import render_observation
from detector.render.run_report import Reported, RunReport, unseen
from detector.render.safe import safe
from detector.render.text import render_finding
from detector.render.verdict import verdict_line

SHOWN = 50
"""Findings that are shown in full: GitHub takes 1 MiB of summary a step."""

_ESCAPED = str.maketrans({mark: f"\\{mark}" for mark in "\\`*_{}[]<>#+-!|~&@:."})


def render_markdown(report: RunReport) -> str:
    """Write a run as Markdown, with a line break at the end."""
    lines = [
        f"# toctrace: {_escaped(verdict_line(report.observation))}",
        "",
        *_gaps(report),
        "| | |",
        "| --- | --- |",
        f"| exit status | {report.exit_status} |",
        f"| of the tool | {report.observation.tool_status} |",
        f"| of the command | {_status(report.observation.command_status)} |",
        "",
    ]
    for reported in report.found[:SHOWN]:
        lines += _finding(reported, report)
    if len(report.found) > SHOWN:
        lines += [f"... and {len(report.found) - SHOWN} more findings.", ""]
    lines += ["## What was observed", "", *_code(render_observation(report.observation)), ""]
    return "\n".join(lines)


def _gaps(report: RunReport) -> list[str]:
    gaps = unseen(report.observation)
    return [*(f"- **{_escaped(gap)}**" for gap in gaps), ""] if gaps else []


def _finding(reported: Reported, report: RunReport) -> list[str]:
    finding = reported.finding
    times = f", {reported.count:,} times" if reported.count > 1 else ""
    accepted = " (accepted by the baseline)" if reported.accepted else ""
    title = _escaped(f"{finding.severity.upper()}: {finding.title}")
    where = _escaped(f"{reported.location.path}:{reported.location.line}")
    return [
        f"## {title}{times}{accepted}",
        "",
        f"at {where}, fingerprint {reported.fingerprint}",
        "",
        *_code(render_finding(finding, report.meta)),
        "",
    ]


def _code(text: str) -> list[str]:
    return [f"    {line}".rstrip() for line in text.rstrip("\n").split("\n")]


def _status(status: int | None) -> str:
    return "not started" if status is None else str(status)


def _escaped(text: str) -> str:
    """Make hostile text print as it is."""
    return safe(text).translate(_ESCAPED)
