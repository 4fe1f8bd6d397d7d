"""A finding for a person: what happened, who did it, the ladder, and what is not known."""

from __future__ import annotations

from detector.model.finding import Finding
from detector.model.form import Form
from detector.model.judgement import Cut, JudgedCall, Kind
from detector.model.snapshot import Task
from detector.render import colour as paints
from detector.render.call_text import ENFORCED, call_line, result_line
from detector.render.identity import finding_id
from detector.render.ladder import ladder
from detector.render.masks import narrowing
from detector.render.meta import Meta
from detector.render.moment import for_a_person
from detector.render.process_text import process_rows, reasons
from detector.render.safe import WIDTH, fit, paragraph, wrap
from detector.render.writer_text import place_line, writer_line
from detector.rules.present import deceived_observers, present
from detector.rules.sentence import sentence

INDENT = 14
"""Column at which values stand, beside their labels."""
_PATH = 2 * (WIDTH - INDENT)
"""Columns of a command line or path: two lines, then `...`."""
_WRITERS, _FRAMES = 3, 5
"""Of a finding, and of a writer's stack: so many are shown."""


def render_finding(finding: Finding, meta: Meta, *, colour: bool = False) -> str:
    """Write one finding, every line within 80 columns, without a line break at the end."""
    call = finding.call
    rows = [
        *_what(call),
        *_row("who", _who(call.task)),
        *_process(finding),
        *_row("call", call_line(call)),
        *_row("returned", result_line(call)),
        *_row("enforced", ENFORCED[finding.enforced] if finding.enforced else ""),
        "",
        *ladder(call, colour=colour),
        "",
        *_row("cpuset", narrowing(call)),
        *_backing(finding),
        *_row("observers", _observers(call)),
        *_writers(finding),
        *_unknown(finding),
        *_row("confidence", finding.confidence.value),
        *_row("when", f"{for_a_person(finding.time_unix_ns)} on {meta.host}"),
        *_row("id", finding_id(finding, meta.run)),
    ]
    return "\n".join([*_headline(finding, colour=colour), *rows])


def _headline(finding: Finding, *, colour: bool) -> list[str]:
    lines = wrap(f"{finding.severity.upper()}: {finding.title} [{finding.rule}]", WIDTH)
    style = paints.SEVERITY[finding.severity]
    return [paints.paint(line, style, colour=colour) for line in lines]


def _row(label: str, text: str) -> list[str]:
    return paragraph(f"  {label}", text, INDENT) if text else []


def _what(call: JudgedCall) -> list[str]:
    lines: list[str] = []
    for argument in call.arguments:
        if argument.kind is not None:
            said = sentence(argument)
            lines += _row(argument.kind.value, f"{said}.")
    return lines


def _who(task: Task) -> str:
    thread = f", thread {task.tid}" if task.tid != task.tgid else ""
    inner = ""
    if (task.ns_tgid, task.ns_tid) != (task.tgid, task.tid):
        inner = f" (pid {task.ns_tgid} in its own namespace)"
    return f"{task.comm}, pid {task.tgid}{thread}{inner}, uid {task.uid}, gid {task.gid}"


def _process(finding: Finding) -> list[str]:
    rows = process_rows(finding.process, finding.call)
    return [line for label, text in rows.items() for line in _row(label, fit(text, _PATH))]


def _backing(finding: Finding) -> list[str]:
    """Say what backs the raced masks, where that says who may have held the page back."""
    call = finding.call
    backed = [
        f"{argument.name}: {finding.process.backing[argument.name].value}"
        for argument in call.arguments
        if argument.kind is not None and argument.name in finding.process.backing
    ]
    if call.fault_held:
        backed.append("a userfaultfd handler was asked for a page during the call")
    if call.fault_foreign:
        backed.append("a page that others can change or serve was faulted in during the call")
    return _row("memory", "; ".join(backed))


def _observers(call: JudgedCall) -> str:
    """Name who was there to look, and who of them was deceived."""
    deceived = deceived_observers(call)
    return ", ".join(f"{one} (deceived)" if one in deceived else one.value for one in present(call))


def _writers(finding: Finding) -> list[str]:
    """Name who was seen to write the masks, from where."""
    writers = finding.process.writers
    lines: list[str] = []
    for writer in writers[:_WRITERS]:
        lines += _row("writer", writer_line(writer, finding.call))
        for number, frame in enumerate(writer.frames[:_FRAMES]):
            lines += _row("  from" if number else "  at", fit(place_line(frame), _PATH))
            if number == 0:
                lines += _row("  code", fit(writer.source, _PATH))
        lines += _row("  not known", writer.missing and f"its code: {writer.missing}")
    if len(writers) > _WRITERS:
        lines += _row("", f"and {len(writers) - _WRITERS} more writers, which --output keeps")
    return lines


def _unknown(finding: Finding) -> list[str]:
    """Say what this finding cannot say, one thing a line."""
    call, process = finding.call, finding.process
    unknown = [_OTHERS if process.writers else _unknown_of(finding)]
    if not call.copy_observed:
        unknown.append("what the kernel copied: its copy cannot be observed here, so less is sure")
    if call.cut in _UNKNOWN_CUT:
        unknown.append(_UNKNOWN_CUT[call.cut].format(lost=call.lost))
    unknown += [f"{names}: {why}" for names, why in reasons(process).items()]
    lines: list[str] = []
    for number, text in enumerate(unknown):
        lines += paragraph("" if number else "  not known", text, INDENT)
    return lines


def _unknown_of(finding: Finding) -> str:
    raced = next((one for one in finding.call.arguments if one.kind is finding.kind), None)
    masks = raced is None or raced.form is Form.NODEMASK
    return _UNKNOWN_OF[finding.kind].format(what="the mask" if masks else "the argument")


_OTHERS = "whether others wrote it too, before it was watched or unseen"
_UNKNOWN_OF = {
    Kind.TAMPER: "what in the kernel changed it",
    Kind.RESTORE: "who wrote {what}",
    Kind.RACE: "who wrote {what}",
    Kind.BLIND: "whether {what} changed: nobody could read it before the kernel did",
    Kind.LATE: "who wrote {what}, and whether it was meant to deceive",
}

_UNKNOWN_CUT = {
    Cut.LOST: "a part of the call (snapshots lost: {lost})",
    Cut.END: "how the call ended: watching ended first",
    Cut.PARKED: "how the call ended: it was still in the kernel when it was judged",
    Cut.EVICTED: "the rest of the call: too many calls were open at once",
}
