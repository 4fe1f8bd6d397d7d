"""What identifies a finding, so that one that is delivered twice is known as a repeat."""

from __future__ import annotations

import hashlib

from detector.model.finding import Finding

_DIGITS = 32
"""Hexadecimal digits of an id: 128 bits, which do not collide by chance."""


def finding_id(finding: Finding, run: str) -> str:
    """Give the finding's id: the same for the same run, call and rule, and for no other."""
    named = f"{run}\0{finding.call.number}\0{finding.rule}"
    return hashlib.sha256(named.encode(errors="backslashreplace")).hexdigest()[:_DIGITS]
