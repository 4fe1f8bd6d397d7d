"""Rules and fields for a person."""

from __future__ import annotations

from detector.render.rules_document import listed
from detector.render.safe import WIDTH, fit, pad, paragraph, safe, wrap
from detector.rules.fields import FIELDS
from detector.rules.load import RuleSet
from detector.rules.proof import Proven
from detector.rules.rule import Rule

_INDENT = 4
_TYPE = 8


def render_rules(found: RuleSet) -> str:
    """Write each rule with what it says of a finding, and the file it comes from."""
    width = max((len(rule.id) for rule in found.rules), default=0)
    lines = []
    for rule in listed(found):
        off = "" if rule.enabled else ", disabled"
        off += ", enforcing" if rule.enforce else ""
        lines.append(f"{pad(rule.id, width)}  {pad(rule.severity, 7)}  {rule.status}{off}")
        lines.append(f"{' ' * _INDENT}from {safe(rule.file)}")
        lines += [f"{' ' * _INDENT}instead of {safe(path)}" for path in rule.overrides]
    return "\n".join(lines)


def render_rule(rule: Rule, file: str) -> str:
    """Explain one rule: what it means, what to do about it, and what is a false positive."""
    lines = [
        *wrap(f"{rule.title} [{rule.id}]", WIDTH),
        f"{rule.priority}, confidence {rule.confidence} at most, {rule.status}",
        f"from {safe(file)}",
        *_part("What it means", (rule.desc,)),
        *_part("What to do about it", (rule.response or "This rule does not say.",)),
        *_part("What is a false positive", rule.falsepositives or ("This rule names none.",)),
        *_part("Exceptions", tuple(exception.name for exception in rule.exceptions)),
        *_part("More", (*rule.references, *rule.tags)),
    ]
    return "\n".join(lines)


def render_proofs(proven: Proven) -> str:
    """Say of one rule what came of each of its recordings."""
    lines = []
    for proof in proven.proofs:
        word = "FAILED" if proof.problem else "ok"
        why = f": {safe(proof.problem)}" if proof.problem else ""
        lines.append(f"{pad(word, 7)} {safe(proven.rule)}: {safe(proof.path.name)}{why}")
    lines += [
        f"UNPROVEN {safe(proven.rule)}: no recording {outcome}-*.jsonl"
        for outcome in proven.lacking
    ]
    return "\n".join(lines)


def render_fields() -> str:
    """Write every field with its type and meaning, and the words that it can hold."""
    width = max(len(field.name) for field in FIELDS)
    indent = width + _TYPE + 4
    lines = []
    for field in FIELDS:
        label = f"{pad(field.name, width)}  {pad(field.type, _TYPE)}"
        words = f" ({', '.join(field.choices)})" if field.choices else ""
        lines += paragraph(label, f"{field.meaning}{words}", indent)
    return "\n".join(lines)


def _part(title: str, texts: tuple[str, ...]) -> list[str]:
    if not texts:
        return []
    lines = ["", fit(title, WIDTH)]
    for text in texts:
        lines += paragraph("  -" if len(texts) > 1 else "", " ".join(text.split()), _INDENT)
    return lines
