"""The report in Markdown, short enough for a ticket. Pure.

Every text of the case stands in a code span, where nothing is markup: no link, no image, no
mention, no HTML (CommonMark 0.31, section 6.1).
"""

from __future__ import annotations

import re

from detector.model.finding import Finding
from detector.render.call_text import call_line, result_line
from detector.render.identity import finding_id
from detector.render.ladder import ladder
from detector.render.meta import Meta
from detector.render.moment import duration, for_a_person
from detector.render.safe import safe
from detector.render.verdict import counted, verdict_line
from detector.render.writer_text import place_line, writer_line
from detector.report.html import facts, lineage, who
from detector.report.judged import JudgedCase, JudgedRecording
from detector.rules.sentence import sentence

SHOWN = 10
"""Findings of one recording that are shown in full; all are counted."""
WRITERS, FRAMES = 3, 8
"""Writers of a finding, and frames of a writer's stack, that are shown."""
_LONGEST = 200
_TICKS = re.compile("`+")


def render(case: JudgedCase) -> str:
    """Write the report, without a line break at the end."""
    lines = [f"# toctrace: {code(case.title)}", ""]
    lines += [f"**A recording could not be read:** {code(reason)}\n" for reason in case.unread]
    for recording in case.recordings:
        lines += _recording(recording)
    lines += [f"Judged by toctrace {case.version} on {for_a_person(case.made_unix_ns)}."]
    return "\n".join(lines)


def code(text: str) -> str:
    """Write hostile text as a code span, on one line."""
    shown = safe(text[:_LONGEST]) + "..." * (len(text) > _LONGEST)
    fence = "`" * (1 + max((len(run) for run in _TICKS.findall(shown)), default=0))
    # a space on both sides keeps a tick at the edge apart, and an empty text a span
    return f"{fence} {shown} {fence}"


def _recording(recording: JudgedRecording) -> list[str]:
    seen, meta = recording.observation, recording.meta
    length = duration(seen.ended_unix_ns - seen.began_unix_ns)
    lines = [
        f"## {code(meta.host)}",
        "",
        f"**{verdict_line(seen)}**",
        "",
        f"- watched: {length} from {for_a_person(seen.began_unix_ns)}, run {code(seen.run)}",
        f"- calls judged: {seen.judged:,}; incomplete: {seen.incomplete:,}",
    ]
    lines += [f"- **lost**: {count:,} {code(cause)}" for cause, count in seen.lost.items()]
    lines += [
        f"- **MISSING**: {state.syscall} {state.stage}: {code(state.reason)}"
        for state in seen.missing
    ]
    lines += [f"- note: {code(note)}" for note in seen.notes]
    lines += ["", *_rules(recording)]
    for finding in recording.findings[:SHOWN]:
        lines += _finding(finding, meta)
    more = len(recording.moments) - len(recording.findings[:SHOWN])
    if more > 0:
        lines += [f"{counted(more, 'more finding')} counted above.", ""]
    return lines


def _rules(recording: JudgedRecording) -> list[str]:
    if not recording.by_rule:
        return []
    rows = [
        f"| {rule.severity.value} | `{id_}` | {rule.count:,} | {for_a_person(rule.first_unix_ns)} "
        f"| {for_a_person(rule.last_unix_ns)} |"
        for id_, rule in recording.by_rule.items()
    ]
    return ["| severity | rule | findings | first | last |", "| - | - | -: | - | - |", *rows, ""]


def _finding(finding: Finding, meta: Meta) -> list[str]:
    call = finding.call
    known = {
        "when": for_a_person(finding.time_unix_ns),
        "who": who(call.task),
        **facts(finding),
        "call": call_line(call),
        "returned": result_line(call),
        "confidence": finding.confidence.value,
        "id": finding_id(finding, meta.run),
    }
    return [
        f"### {finding.severity.upper()}: {finding.title}",
        "",
        *(f"{sentence(argument)}.\n" for argument in call.arguments if argument.kind),
        *(f"- {code(label)}: {code(text)}" for label, text in known.items()),
        *_tree(lineage(finding)),
        "",
        "```text",  # a block by its indent would be a part of the list above it
        *(line.rstrip() for line in ladder(call, colour=False)),
        "```",
        "",
        *_writers(finding),
    ]


def _tree(lines: tuple[str, ...]) -> list[str]:
    """Write each line as a list below the one before it."""
    told = [f"{'  ' * depth}- {code(line)}" for depth, line in enumerate(lines, start=1)]
    return ["- process tree:", *told] if told else []


def _writers(finding: Finding) -> list[str]:
    """Name who was seen to write the masks, and the code that did."""
    lines = []
    for writer in finding.process.writers[:WRITERS]:
        lines += [f"- writer: {code(writer_line(writer, finding.call))}"]
        for number, frame in enumerate(writer.frames[:FRAMES]):
            lines += [f"  - {'from' if number else 'at'} {code(place_line(frame))}"]
            if number == 0 and writer.source:
                lines += [f"  - code: {code(writer.source)}"]
        lines += [f"  - not known: {code(writer.missing)}"] if writer.missing else []
    return [*lines, ""] if lines else []
