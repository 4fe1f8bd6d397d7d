"""GitHub's workflow commands: annotations at the places of the findings.

Escaped as the runner unescapes (actions/toolkit, packages/core/src/command.ts): `%`, CR and LF in
messages, also `:` and `,` in properties. The runner reads commands wherever a line begins with
`::`, so hostile text that is shown to people in a job's log goes between `fenced` lines.
"""

from __future__ import annotations

from detector.model.finding import Severity
from detector.render.run_report import Reported, RunReport, unseen
from detector.render.safe import safe
from detector.render.verdict import verdict_line

SHOWN = 10
"""Annotations of one level that GitHub shows of one step."""


def render_annotations(report: RunReport) -> str:
    """Write a command for each finding, then one for the observation; each line ends with LF."""
    new = [reported for reported in report.found if not reported.accepted]
    by_level: dict[str, list[Reported]] = {}
    for reported in new:
        by_level.setdefault(_level(reported, report), []).append(reported)
    lines = [_verdict(report)]
    for level, group in by_level.items():
        kept = group if len(group) <= SHOWN else group[: SHOWN - 1]
        lines += [_annotation(level, reported) for reported in kept]
        if len(group) > len(kept):
            more = f"... and {len(group) - len(kept)} more findings: GitHub shows no more of a step"
            lines.append(_command(level, more, title="toctrace"))
    return "".join(f"{line}\n" for line in lines)


def fenced(text: str, token: str) -> str:
    """Put text where the runner reads no commands; `token` must be impossible to guess."""
    return f"::stop-commands::{token}\n{text}\n::{token}::\n"


def _annotation(level: str, reported: Reported) -> str:
    finding = reported.finding
    times = f" ({reported.count:,} times)" if reported.count > 1 else ""
    return _command(
        level,
        f"{finding.message}{times} [{finding.rule}, confidence {finding.confidence}]",
        file=reported.location.path,
        line=str(reported.location.line),
        title=f"{finding.severity.upper()}: {finding.title}",
    )


def _level(reported: Reported, report: RunReport) -> str:
    if report.fails(reported):
        return "error"
    return "warning" if reported.finding.severity.at_least(Severity.WARNING) else "notice"


def _verdict(report: RunReport) -> str:
    gaps = " ".join(unseen(report.observation))
    text = f"{verdict_line(report.observation)} {gaps}".strip()
    if report.observation.whole and not report.unobserved:
        return _command("notice", text, title="toctrace")
    level = "warning" if report.tolerated else "error"
    return _command(level, text, title="toctrace: not everything was observed")


def _command(level: str, message: str, **properties: str) -> str:
    told = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{level} {told}::{_data(message)}"


def _data(text: str) -> str:
    return safe(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
