"""An observation for a person: what could be seen, what was missed and why, and the verdict."""

from __future__ import annotations

import signal
from collections.abc import Iterable

from detector.model.enforcement import Enforced
from detector.model.observation import Observation, StageState
from detector.render import colour as paints
from detector.render.moment import duration, for_a_person
from detector.render.safe import WIDTH, fit, paragraph, wrap
from detector.render.verdict import Outcome, counted, outcome, verdict_line

INDENT = 14
"""Column at which values stand, beside their labels."""
_SHOWN_DESCENDANTS = 8
_BY_SIGNAL = 128
"""A shell's status of a command that a signal ended is this plus the signal's number."""


def render_observation(observation: Observation, *, colour: bool = False) -> str:
    """Write one observation, every line within 80 columns, without a line break at the end."""
    length = duration(observation.ended_unix_ns - observation.began_unix_ns)
    lines = [
        "Observation",
        *_row("watched", f"{length} from {for_a_person(observation.began_unix_ns)}"),
        *_row("by", f"{observation.backend} on {observation.kernel}, run {observation.run}"),
        *_stages(observation),
        *_results(observation),
        *_sinks(observation),
        *_descendants(observation),
        *_row("command", _command(observation.command_status)),
    ]
    said = {state.reason for state in observation.missing}
    for number, note in enumerate(note for note in observation.notes if note not in said):
        lines += paragraph("" if number else "  note", note, INDENT)
    style = _STYLES[outcome(observation)]
    verdict = wrap(verdict_line(observation), WIDTH)
    return "\n".join([*lines, *(paints.paint(line, style, colour=colour) for line in verdict)])


_STYLES = {
    Outcome.CLEAN: paints.GOOD,
    Outcome.FINDINGS: paints.BAD,
    Outcome.CLEAN_AS_FAR_AS_SEEN: paints.DOUBTFUL,
    Outcome.UNOBSERVED: paints.BAD,
}


def _row(label: str, text: str) -> list[str]:
    return paragraph(f"  {label}", text, INDENT) if text else []


def _stages(observation: Observation) -> list[str]:
    """Give a line for each stage that is armed; the missing ones by their reason."""
    lines: list[str] = []
    by_reason: dict[str, list[str]] = {}
    for state in observation.stages:
        if state.armed:
            label = "" if lines else "  armed"
            lines += paragraph(label, f"{_named(state)} by {state.via}", INDENT)
        else:
            by_reason.setdefault(state.reason or "no reason known", []).append(_named(state))
    label = "  MISSING"
    for reason, names in by_reason.items():
        lines += paragraph(label, f"{', '.join(names)}: {reason}", INDENT)
        label = ""
    return lines


def _named(state: StageState) -> str:
    abi = "" if state.abi == "any" else f" ({state.abi})"
    return f"{state.syscall} {state.stage}{abi}"


def _results(observation: Observation) -> list[str]:
    """Give what was counted; where nothing was watched, counts of nothing would mislead."""
    if outcome(observation) is Outcome.UNOBSERVED:
        return _row("calls", "none watched")
    return [
        *_row("calls", _calls(observation)),
        *_row("findings", _counts(observation.findings.items()) or "none"),
        *_row("folded", _counts(observation.folded.items())),
        *_row("excepted", _counts(observation.suppressed.items())),
        *_row("enforced", _enforced(observation)),
        *_row("lost", _counts(observation.lost.items()) or "nothing"),
    ]


def _calls(observation: Observation) -> str:
    counts = {
        "incomplete (a part was lost)": observation.incomplete,
        "already in the kernel when watching began": observation.cut_by_start,
        "still in the kernel when it ended": observation.cut_by_end,
    }
    rest = "".join(f", {count:,} {words}" for words, count in counts.items() if count)
    return f"{observation.judged:,} judged{rest}"


def _enforced(observation: Observation) -> str:
    """Say what was made of raced calls; where nothing was to be done about any, nothing."""
    if observation.enforce is None:
        return ""
    killed = observation.enforced.get(Enforced.KILLED)
    through = " (a call whose caller is killed may have gone through itself)" if killed else ""
    return f"{_counts(observation.enforced.items()) or 'no call'}{through}"


def _counts(counts: Iterable[tuple[str, int]]) -> str:
    return ", ".join(f"{count:,} {name}" for name, count in counts if count)


def _sinks(observation: Observation) -> list[str]:
    """Give a line for each sink."""
    lines: list[str] = []
    for state in observation.sinks:
        counts = {"queued": state.queued, "DROPPED": state.dropped}
        rest = "".join(f", {count:,} {word}" for word, count in counts.items() if count)
        failure = f"; failing: {state.failure}" if state.failure else ""
        told = f"{state.name}: {state.sent:,} sent{rest}{failure}"
        lines += paragraph("" if lines else "  sinks", told, INDENT)
    return lines


def _descendants(observation: Observation) -> list[str]:
    left = observation.descendants
    if not left:
        return []
    shown = [f"{fit(d.comm, 32)} ({d.pid})" for d in left[:_SHOWN_DESCENDANTS]]
    more = len(left) - len(shown)
    rest = f" and {more} more" if more else ""
    told = f"{counted(len(left), 'descendant')} of the command: {', '.join(shown)}{rest}"
    return _row("still alive", told)


def _command(status: int | None) -> str:
    if status is None:
        return ""
    if status > _BY_SIGNAL:
        try:
            return f"ended by {signal.Signals(status - _BY_SIGNAL).name} (status {status})"
        except ValueError:
            pass
    return f"exited with status {status}"
