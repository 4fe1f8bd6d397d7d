"""Rules of kernel tests."""

from __future__ import annotations

ENFORCE_RACED = """\
rule: A raced nodemask is refused
id: enforce-nodemask
desc: The kernel copied another mask than was there at entry.
priority: err
status: test
enforce: true
match:
  kind: [race, restore]
output: "{what}"
"""
