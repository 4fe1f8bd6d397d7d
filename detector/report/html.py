"""The report as one page: no script, nothing fetched, nothing of the case taken for markup. Pure.

Jinja2 escapes every value; what a terminal would not simply print (controls, marks that turn the
direction of writing) is written out as in every other format. The page forbids itself, by its
Content-Security-Policy, everything but its own style sheet, which it names by its hash.
"""

from __future__ import annotations

import base64
import hashlib
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from detector.model.finding import Finding, Severity
from detector.model.snapshot import Task
from detector.model.stage import LADDER
from detector.render.call_text import call_line, result_line
from detector.render.identity import finding_id
from detector.render.masks import narrowing
from detector.render.moment import duration, for_a_person, rfc3339
from detector.render.process_text import process_rows, reasons
from detector.render.safe import safe
from detector.render.verdict import counted, outcome, verdict_line
from detector.render.writer_text import place_line, writer_line
from detector.report.beliefs import beliefs
from detector.report.judged import SHOWN, JudgedCase
from detector.report.masks import FRAMES, draw
from detector.report.timeline import host_map, timeline
from detector.rules.sentence import kernel_did, sentence

_PAGE, _STYLE = "report.html", "report.css"
_LONGEST = 2000
"""Characters of one hostile text: past it `...` stands."""


def render(case: JudgedCase) -> str:
    """Write the whole page."""
    made = environment()
    style = (Path(__file__).parent / "templates" / _STYLE).read_text(encoding="utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return made.get_template(_PAGE).render(
        case=case,
        severities={s: case.severities[s] for s in Severity if case.severities[s]},
        map=host_map(case.recordings) if len(case.recordings) > 1 else None,
        stages=LADDER,
        most=SHOWN,
        style=Markup(style),  # noqa: S704  (our own file)
        policy=(
            f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
        ),
    )


def environment() -> Environment:
    """Make the templates' surroundings: what they may call, and how they write a text."""
    made = Environment(
        loader=PackageLoader("detector.report"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=printed,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals |= {
        "draw": draw,
        "frames": FRAMES,
        "long": Markup,  # paths of cells: digits and letters of our own
        "timeline": timeline,
        "sentence": sentence,
        "kernel_did": kernel_did,
        "narrowing": narrowing,
        "who": who,
        "facts": facts,
        "lineage": lineage,
        "call_line": call_line,
        "result_line": result_line,
        "writer_line": writer_line,
        "place_line": place_line,
        "beliefs": beliefs,
        "finding_id": finding_id,
        "verdict_line": verdict_line,
        "outcome": outcome,
        "counted": counted,
        "duration": duration,
        "for_a_person": for_a_person,
        "rfc3339": rfc3339,
    }
    return made


def printed(value: object) -> object:
    """Write a text so that nothing in it can hide, turn round or break the page."""
    if not isinstance(value, str) or isinstance(value, Markup):
        return value
    text = str(value)
    return safe(text[:_LONGEST]) + "..." * (len(text) > _LONGEST)


def who(task: Task) -> str:
    """Say which task called, in a line."""
    thread = f", thread {task.tid}" if task.tid != task.tgid else ""
    inner = ""
    if (task.ns_tgid, task.ns_tid) != (task.tgid, task.tid):
        inner = f" (pid {task.ns_tgid} in its own namespace)"
    return f"{task.comm}, pid {task.tgid}{thread}{inner}, uid {task.uid}, gid {task.gid}"


def lineage(finding: Finding) -> tuple[str, ...]:
    """Give the caller and who it is descended from, the oldest first; nothing where none is known.

    Each in a line: comm, pid and executable.
    """
    process, task = finding.process, finding.call.task
    if not process.ancestors:
        return ()
    line = [(one.comm, one.tgid, one.executable) for one in reversed(process.ancestors)]
    line.append((task.comm, task.tgid, process.executable))
    return tuple(
        f"{comm or 'unknown'}, pid {tgid}" + (f": {executable}" if executable else "")
        for comm, tgid, executable in line
    )


def facts(finding: Finding) -> dict[str, str]:
    """Give what is known of the process, by label; what could not be had, with the reason.

    Its parents are left out where `lineage` tells of them.
    """
    process = finding.process
    rows = process_rows(process, finding.call)
    if process.ancestors:
        rows.pop("parents", None)
    working = {"directory": process.working_directory} if process.working_directory else {}
    backing = ", ".join(f"{name}: {what.value}" for name, what in process.backing.items())
    memory = {"memory": backing} if backing else {}
    missing = {f"no {names}": why for names, why in reasons(process).items()}
    return rows | working | memory | missing
