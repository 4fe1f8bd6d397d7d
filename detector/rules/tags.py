"""Tags: words for grouping rules, some of which others have given a form."""

from __future__ import annotations

import re

from detector.rules.nearest import nearest

_TAG = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*")
_TACTICS = (
    "collection",
    "command-and-control",
    "credential-access",
    "defense-evasion",
    "discovery",
    "execution",
    "exfiltration",
    "impact",
    "initial-access",
    "lateral-movement",
    "persistence",
    "privilege-escalation",
    "reconnaissance",
    "resource-development",
)
"""MITRE ATT&CK's enterprise tactics, spelled as Sigma's tags spell them."""
_ATTACK_ID = re.compile(r"t[0-9]{4}(\.[0-9]{3})?|[gs][0-9]{4}")
_CWE_ID = re.compile(r"[1-9][0-9]{0,4}")


def tag_problem(tag: str) -> str | None:
    """Say what is wrong with a tag; None where nothing is. Sigma's tag appendix has the forms."""
    if not _TAG.fullmatch(tag):
        return f"`{tag}` is no tag: lower-case letters, digits, `-`, `_`, joined by dots"
    space, _, name = tag.partition(".")
    if space == "attack" and name not in _TACTICS and not _ATTACK_ID.fullmatch(name):
        near = nearest(name, _TACTICS)
        return f"`{tag}` is no MITRE ATT&CK tag: a technique is `attack.t1562.006`; {near}"
    if space == "cwe" and not _CWE_ID.fullmatch(name):
        return f"`{tag}` is no CWE tag: one is `cwe.367`"
    return None
