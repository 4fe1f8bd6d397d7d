"""The report for a person: the verdict, then problems with remedies, then what is fine."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import click

from detector.doctor.result import Effect, State, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

    from detector.doctor.result import CheckResult, Report

WIDTH = 80
LABEL = 13
"""Columns of a group's name, its two blanks included."""

VERDICTS = {
    Verdict.EVERYTHING: ("everything can be observed", "green"),
    Verdict.SOME: ("some stages cannot be observed", "yellow"),
    Verdict.NOTHING: ("nothing can be observed", "red"),
}

SECTIONS = (
    (State.PROBLEM, Effect.FATAL, "Nothing is observed until this is put right", "red"),
    (State.PROBLEM, Effect.STAGE, "Lost, while the rest is observed", "yellow"),
    (State.PROBLEM, Effect.NOTE, "Good to know; no stage is lost", "cyan"),
    (State.UNKNOWN, Effect.NOTE, "Could not be asked; it is tried all the same", "cyan"),
)
"""Which results stand together, under which heading, in the order of printing."""


def render(report: Report, *, color: bool) -> str:
    """Return the report as lines of at most `WIDTH` columns (a long word in a command apart)."""
    return "\n".join(_lines(report, color=color)) + "\n"


def _lines(report: Report, *, color: bool) -> Iterator[str]:
    words, paint = VERDICTS[report.verdict]
    asked = "" if report.tried or report.verdict is Verdict.NOTHING else " (asked, not tried)"
    yield _painted(f"This host: {words}{asked}.", paint, color=color)
    said: set[tuple[str, ...]] = set()
    for state, effect, heading, section_paint in SECTIONS:
        chosen = [r for r in report.checks if (r.state, r.effect) == (state, effect)]
        if chosen:
            yield ""
            yield _painted(f"{heading}:", section_paint, color=color)
        for result in chosen:
            yield from _problem(result, said)
    yield ""
    yield _painted("Fine:", "green", color=color)
    yield from _fine(report)


def _problem(result: CheckResult, said: set[tuple[str, ...]]) -> Iterator[str]:
    """Say what was found, the remedy, its commands; commands already printed are not repeated."""
    yield from _labelled(result.id.split(".")[0], result.found)
    repeated = bool(result.commands) and result.commands in said
    remedy = f"{result.remedy} (The commands above.)" if repeated else result.remedy
    indent = " " * LABEL
    if remedy:
        yield from textwrap.wrap(
            f"-> {remedy}", WIDTH, initial_indent=indent, subsequent_indent=f"{indent}   "
        )
    if not repeated:
        for command in result.commands:
            yield from _command(command)
    said.add(result.commands)


def _command(command: str) -> Iterator[str]:
    """One shell command, broken at blanks so that it can still be copied."""
    lines = textwrap.wrap(
        command,
        WIDTH - 2,
        initial_indent=f"{' ' * LABEL}   ",
        subsequent_indent=" " * (LABEL + 5),
        break_long_words=False,
        break_on_hyphens=False,
    )
    yield from (f"{line} \\" for line in lines[:-1])
    yield from lines[-1:]


def _fine(report: Report) -> Iterator[str]:
    """One paragraph a group; of symbols only whose stages they are, the names being in the JSON."""
    groups: dict[str, list[str]] = {}
    stages: dict[str, list[str]] = {}
    for result in report.checks:
        if result.state is State.OK and result.syscall and result.stage:
            stages.setdefault(result.syscall, []).append(result.stage)
        elif result.state is State.OK:
            groups.setdefault(result.id.split(".")[0], []).append(result.found)
    for group, found in groups.items():
        yield from _labelled(group, "; ".join(found))
    for syscall, names in stages.items():
        yield from _labelled("symbols", f"{syscall}: {', '.join(dict.fromkeys(names))}")


def _labelled(label: str, text: str) -> list[str]:
    """Wrap `text` beside its label."""
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=f"  {label:<{LABEL - 2}}",
        subsequent_indent=" " * LABEL,
        break_on_hyphens=False,
    )


def _painted(text: str, paint: str, *, color: bool) -> str:
    return click.style(text, fg=paint, bold=True) if color else text
