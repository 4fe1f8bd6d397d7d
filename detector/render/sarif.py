"""SARIF 2.1.0 (OASIS, errata 01): one run, one result for each fingerprint.

GitHub takes it as code scanning: rules with `security-severity`, repository-relative locations,
`partialFingerprints`. A run that missed anything has `executionSuccessful: false` and says what.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime

import msgspec

from detector.model.finding import Confidence, Finding, Severity
from detector.render.finding_json import finding_document
from detector.render.jsonl import plain
from detector.render.known import known
from detector.render.meta import Meta
from detector.render.observation_document import observation_document
from detector.render.run_report import Reported, RunReport, further_notes, unseen
from detector.render.safe import safe
from detector.render.verdict import verdict_line
from detector.rules.rule import Rule

SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
FINGERPRINT = "toctraceFinding/v1"

LEVEL = {
    Severity.EMERG: "error",
    Severity.ALERT: "error",
    Severity.CRIT: "error",
    Severity.ERR: "error",
    Severity.WARNING: "warning",
    Severity.NOTICE: "note",
    Severity.INFO: "note",
    Severity.DEBUG: "note",
}
_SECURITY_SEVERITY = {
    Severity.EMERG: "10.0",
    Severity.ALERT: "9.5",
    Severity.CRIT: "9.0",
    Severity.ERR: "7.5",
    Severity.WARNING: "5.0",
    Severity.NOTICE: "3.0",
    Severity.INFO: "1.0",
    Severity.DEBUG: "0.5",
}
"""GitHub's scale: over 9.0 critical, 7.0 high, 4.0 medium, else low."""
_PRECISION = {Confidence.HIGH: "high", Confidence.MEDIUM: "medium", Confidence.LOW: "low"}
_NS, _US = 1_000_000_000, 1_000

_KEPT = (
    "id",
    "time",
    "kind",
    "severity",
    "confidence",
    "window",
    "task",
    "process",
    "masks",
    "arguments",
)
"""Of a finding's own document: the arguments where there are any that are no masks."""


def render_sarif(report: RunReport) -> str:
    """Write a run as a SARIF file: indented JSON in ASCII, with a line break at the end."""
    rules = _rules(report)
    index = {rule["id"]: number for number, rule in enumerate(rules)}
    driver = {
        "name": "toctrace",
        "version": report.meta.version,
        "semanticVersion": report.meta.version,
        "rules": rules,
        "notifications": [
            {"id": name, "shortDescription": {"text": text}}
            for name, text in _NOTIFICATIONS.items()
        ],
    }
    run = {
        "tool": {"driver": driver},
        "automationDetails": {"id": f"toctrace/{report.meta.run}"},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {"%SRCROOT%": {"description": {"text": "the repository's root"}}},
        "invocations": [_invocation(report)],
        "results": [
            _result(reported, index[reported.finding.rule], report) for reported in report.found
        ],
    }
    document = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(plain(document), indent=2, allow_nan=False) + "\n"


_NOTIFICATIONS = {
    "unobserved": "Nothing could be observed.",
    "unseen": "Something could not be observed, or was lost.",
    "note": "What else a reader must know.",
}


def _rules(report: RunReport) -> list[dict[str, object]]:
    """Describe every rule that was applied, and any other that a finding names."""
    described = {rule.id: _rule(rule) for rule in report.rules if rule.enabled}
    for reported in report.found:
        finding = reported.finding
        described.setdefault(finding.rule, _bare_rule(finding))
    return list(described.values())


def _rule(rule: Rule) -> dict[str, object]:
    honest = "\n".join(f"- {text}" for text in rule.falsepositives)
    return known(
        {
            "id": rule.id,
            "shortDescription": {"text": _text(rule.title)},
            "fullDescription": {"text": _text(rule.desc)},
            "helpUri": rule.references[0] if rule.references else None,
            "help": {"text": f"False positives:\n{honest}"} if honest else None,
            "defaultConfiguration": {"level": LEVEL[rule.priority]},
            "properties": _rule_properties(rule.priority, rule.confidence, rule.tags),
        }
    )


def _bare_rule(finding: Finding) -> dict[str, object]:
    return {
        "id": finding.rule,
        "shortDescription": {"text": _text(finding.title)},
        "properties": _rule_properties(finding.severity, finding.confidence, finding.tags),
    }


def _rule_properties(
    severity: Severity, confidence: Confidence, tags: Iterable[str]
) -> dict[str, object]:
    return {
        "tags": list(dict.fromkeys(("security", *tags))),
        "precision": _PRECISION[confidence],
        "security-severity": _SECURITY_SEVERITY[severity],
    }


def _result(reported: Reported, index: int, report: RunReport) -> dict[str, object]:
    finding, location = reported.finding, reported.location
    result: dict[str, object] = {
        "ruleId": finding.rule,
        "ruleIndex": index,
        "kind": "fail",
        "level": LEVEL[finding.severity],
        "message": {"text": _text(finding.message)},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": location.uri, "uriBaseId": "%SRCROOT%"},
                    "region": {"startLine": location.line},
                },
                "logicalLocations": [{"name": finding.call.syscall, "kind": "function"}],
            }
        ],
        "partialFingerprints": {FINGERPRINT: reported.fingerprint},
        "occurrenceCount": reported.count,
        "properties": _properties(finding, report.meta),
    }
    if report.baseline:
        result["baselineState"] = "unchanged" if reported.accepted else "new"
    if reported.accepted:
        why = {"kind": "external", "justification": "the baseline accepts it"}
        result["suppressions"] = [why]
    return result


def _properties(finding: Finding, meta: Meta) -> dict[str, object]:
    told = msgspec.to_builtins(finding_document(finding, meta))
    return {name: told[name] for name in _KEPT if name in told}


def _invocation(report: RunReport) -> dict[str, object]:
    observation = report.observation
    return {
        "executionSuccessful": observation.whole and not report.unobserved,
        "exitCode": report.exit_status,
        "startTimeUtc": _utc(observation.began_unix_ns),
        "endTimeUtc": _utc(observation.ended_unix_ns),
        "machine": safe(report.meta.host),
        "toolExecutionNotifications": _notifications(report),
        "properties": {
            "tool_status": observation.tool_status,
            "command_status": observation.command_status,
            "verdict": verdict_line(observation),
            "observation": msgspec.to_builtins(observation_document(observation, report.meta)),
        },
    }


def _notifications(report: RunReport) -> list[dict[str, object]]:
    """Say what was not seen: an error where that fails the job."""
    level = "warning" if report.tolerated else "error"
    said = []
    if report.unobserved:
        said.append(("unobserved", "error", verdict_line(report.observation)))
    said += [("unseen", level, text) for text in unseen(report.observation)]
    said += [("note", "note", text) for text in further_notes(report.observation)]
    return [
        {"descriptor": {"id": name}, "level": how, "message": {"text": _text(text)}}
        for name, how, text in said
    ]


def _utc(unix_ns: int) -> str:
    """Write a time as SARIF has it (section 3.9), to the microsecond."""
    seconds, rest = divmod(unix_ns, _NS)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{rest // _US:06d}Z"


def _text(text: str) -> str:
    """Make hostile text printable; square brackets would make a link of it (section 3.11.6)."""
    return safe(text).replace("[", "\\[").replace("]", "\\]") or "-"
