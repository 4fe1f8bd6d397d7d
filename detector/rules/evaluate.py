"""Rules applied to judged calls: pure, the same for live calls and replayed ones."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from detector.model.enforcement import Enforced, Mode
from detector.model.finding import Confidence, Finding
from detector.model.judgement import JudgedCall, Kind
from detector.model.process import Process
from detector.model.stage import Stage
from detector.rules import condition as conditions
from detector.rules.exception import excepted
from detector.rules.match import holds
from detector.rules.rule import Rule
from detector.rules.template import fill
from detector.syscalls.table import BY_NAME

_SURENESS = (Confidence.LOW, Confidence.MEDIUM, Confidence.HIGH)


class Ruling(msgspec.Struct, frozen=True, kw_only=True):
    """What the rules make of one call."""

    findings: tuple[Finding, ...] = ()
    """The most severe first."""
    suppressed: tuple[str, ...] = ()
    """`rule/exception` of each finding that an exception kept silent."""
    doubts: dict[str, str] = {}
    """By rule: why its condition could not be told of this call, which counts as if it held."""


def rule_on(
    call: JudgedCall,
    process: Process,
    rules: Iterable[Rule],
    clock_offset_ns: int,
    enforce: Mode | None = None,
) -> Ruling:
    """Give one finding for each enabled rule that matches the call.

    A call without a kind gives none, however much of it was lost: a lost half is never a
    finding. Neither does a call that the tool made itself to prove its stages.
    `clock_offset_ns` is wall time minus CLOCK_BOOTTIME; `enforce` is what the run did about raced
    calls.
    """
    if call.kind is None or call.own:
        return Ruling()
    findings: list[Finding] = []
    suppressed: list[str] = []
    doubts: dict[str, str] = {}
    for rule in rules:
        if not rule.enabled or not holds(rule.match, call, process):
            continue
        told = conditions.holds(rule.condition, call, process) if rule.condition else True
        if not told:
            continue
        if isinstance(told, str):
            doubts[rule.id] = told
        exception = excepted(rule.exceptions, call, process)
        if exception is None:
            finding = _finding(rule, call, call.kind, process, clock_offset_ns)
            if enforce is not None:
                finding = msgspec.structs.replace(finding, enforced=enforced(rule, call))
            findings.append(finding)
        else:
            suppressed.append(f"{rule.id}/{exception}")
    findings.sort(key=lambda finding: (finding.severity.number, finding.rule))
    return Ruling(findings=tuple(findings), suppressed=tuple(suppressed), doubts=doubts)


def judge_by_rules(
    call: JudgedCall, process: Process, rules: Iterable[Rule], clock_offset_ns: int
) -> tuple[Finding, ...]:
    """Give the findings alone, as `rule_on` makes them."""
    return rule_on(call, process, rules, clock_offset_ns).findings


def _finding(
    rule: Rule, call: JudgedCall, kind: Kind, process: Process, clock_offset_ns: int
) -> Finding:
    return Finding(
        rule=rule.id,
        title=rule.title,
        kind=kind,
        severity=rule.priority,
        confidence=confidence(rule, call),
        tags=rule.tags,
        message=fill(rule.output, call, process),
        call=call,
        process=process,
        time_unix_ns=call.ended_ns + clock_offset_ns,
        interval_s=float(rule.interval),
    )


def enforced(rule: Rule, call: JudgedCall) -> Enforced | None:
    """Say what enforcement made of a call, where it was on.

    Where the kernel did not decide on a call that an enforcing rule names, the call passed the hook
    if it came to its use, and else ended before it.
    """
    if call.enforced is not None or not rule.enforce:
        return call.enforced
    used = any(Stage.USE in argument.looks for argument in call.arguments)
    hooked = used and BY_NAME[call.syscall].hook
    return Enforced.LET_THROUGH if hooked else Enforced.NOT_ENFORCEABLE


def confidence(rule: Rule, call: JudgedCall) -> Confidence:
    """Say how sure a finding is: no surer than its rule, or than what could be seen allows."""
    seen = Confidence.HIGH
    if call.kind is Kind.BLIND:
        seen = Confidence.MEDIUM  # honest programs touch a page for the first time, too
    if not call.copy_observed:
        seen = Confidence.LOW
    return min(rule.confidence, seen, key=_SURENESS.index)
