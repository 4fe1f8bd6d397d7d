"""JUnit XML, as GitLab and Jenkins read it: a test case a rule, a finding, the observation.

What was not looked at never passes: a rule is skipped of whose system calls none was watched, and
where nothing was, the observation is an error. Hostile names are made printable, which also keeps
them to the characters that XML 1.0 can hold (section 2.2).
"""

from __future__ import annotations

from datetime import UTC, datetime
from xml.etree import ElementTree as ET

from detector.model.finding import Finding
from detector.render.run_report import Reported, RunReport, further_notes, unseen
from detector.render.safe import safe
from detector.render.text import render_finding
from detector.render.verdict import verdict_line
from detector.rules.calls import is_watched

_NS = 1_000_000_000
_SHORT = 12
"""Digits of a fingerprint that tell findings of one rule apart."""


def render_junit(report: RunReport) -> str:
    """Write a run as a JUnit file, with a line break at the end."""
    observation = report.observation
    length = (observation.ended_unix_ns - observation.began_unix_ns) / _NS
    suite = ET.Element("testsuite", name="toctrace", hostname=safe(report.meta.host) or "-")
    began = datetime.fromtimestamp(observation.began_unix_ns // _NS, UTC)
    suite.set("timestamp", f"{began:%Y-%m-%dT%H:%M:%S}")
    suite.set("time", f"{length:.3f}")
    _add_properties(suite, report)
    suite.extend([_observation(report), *_command(report), *_rules(report)])
    suite.extend([_finding(reported, report) for reported in report.found])
    for name, tag in (("tests", "testcase"), ("failures", "failure"), ("errors", "error")):
        suite.set(name, str(len(list(suite.iter(tag)))))
    suite.set("skipped", str(len(list(suite.iter("skipped")))))
    whole = ET.Element("testsuites")
    whole.append(suite)
    ET.indent(whole)
    text = ET.tostring(whole, encoding="unicode")
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'


def _add_properties(suite: ET.Element, report: RunReport) -> None:
    observation = report.observation
    properties = ET.SubElement(suite, "properties")
    told = {
        "run": report.meta.run,
        "toctrace": report.meta.version,
        "kernel": report.meta.kernel,
        "backend": observation.backend,
        "exit_status": report.exit_status,
        "tool_status": observation.tool_status,
        "command_status": observation.command_status,
    }
    for name, value in told.items():
        if value is not None:
            ET.SubElement(properties, "property", name=name, value=safe(str(value)))


def _observation(report: RunReport) -> ET.Element:
    """Say whether everything was looked at: an error, or skipped where the caller accepts it."""
    case = _case("toctrace", "everything was observed")
    gaps = [*unseen(report.observation), *further_notes(report.observation)]
    if report.unobserved or not report.observation.whole:
        tag = "skipped" if report.tolerated else "error"
        told = ET.SubElement(case, tag, message=safe(verdict_line(report.observation)))
        told.text = "\n".join(safe(gap) for gap in gaps)
    elif gaps:
        ET.SubElement(case, "system-out").text = "\n".join(safe(gap) for gap in gaps)
    return case


def _command(report: RunReport) -> list[ET.Element]:
    status = report.observation.command_status
    case = _case("toctrace", "the command succeeded")
    if status is None:
        ET.SubElement(case, "skipped", message="the command was not started")
    elif status:
        ET.SubElement(case, "failure", type="command", message=f"the command ended with {status}")
    return [case]


def _rules(report: RunReport) -> list[ET.Element]:
    """Give a case for each rule that found nothing; unwatched, it did not pass."""
    found = {reported.finding.rule for reported in report.found}
    watched = frozenset(state.syscall for state in report.observation.stages)
    cases = []
    for rule in report.rules:
        if rule.enabled and rule.id not in found:
            case = _case(f"toctrace.{rule.id}", rule.title)
            if report.unobserved:
                ET.SubElement(case, "skipped", message="nothing was watched")
            elif not is_watched(rule, watched):
                ET.SubElement(case, "skipped", message="none of its system calls was watched")
            cases.append(case)
    return cases


def _finding(reported: Reported, report: RunReport) -> ET.Element:
    finding = reported.finding
    name = f"{finding.title} [{reported.fingerprint[:_SHORT]}]"
    case = _case(f"toctrace.{finding.rule}", name)
    case.set("file", safe(reported.location.path))
    case.set("line", str(reported.location.line))
    text = render_finding(finding, report.meta)
    if reported.accepted:
        ET.SubElement(case, "skipped", message="the baseline accepts it")
        ET.SubElement(case, "system-out").text = text
    elif report.fails(reported):
        failure = ET.SubElement(case, "failure", type=finding.severity.value)
        failure.set("message", _message(finding, reported.count))
        failure.text = text
    else:
        ET.SubElement(case, "system-out").text = f"{_message(finding, reported.count)}\n\n{text}"
    return case


def _message(finding: Finding, count: int) -> str:
    times = f" ({count:,} times)" if count > 1 else ""
    return safe(f"{finding.severity.upper()}: {finding.message}{times}")


def _case(classname: str, name: str) -> ET.Element:
    return ET.Element("testcase", classname=safe(classname), name=safe(name), time="0")
